import type { z } from 'zod';
import type { Services } from '../../services/index.js';
import type { Viewer } from '../../services/viewer.js';
import { presentPublicUser, profileAnswer } from '../users/users.schema.js';
import type { PageAnswer } from './page-state.js';

/** A person, as `GET /api/users/username/:username` answers. @throws NotFound */
export async function loadProfile(
  { users, follows }: Pick<Services, 'users' | 'follows'>,
  viewer: Viewer | undefined,
  username: string,
): Promise<{ profile: z.output<typeof profileAnswer>; isActive: boolean; answer: PageAnswer }> {
  const account = await users.getByUsername(username);
  const counts = await follows.counts(viewer, account.id);
  const profile = profileAnswer.parse({ user: presentPublicUser(account), ...counts });
  const path = `/api/users/username/${encodeURIComponent(username)}`;
  return { profile, isActive: account.isActive, answer: { path, answer: profile } };
}
