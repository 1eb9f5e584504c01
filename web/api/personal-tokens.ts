import type { z } from 'zod';
import type { newPersonalTokenAnswer, personalTokenListAnswer } from '../../routes/auth/personal-tokens.schema';
import { request } from './client';
import type { NewPersonalToken } from './types';

/** What `/api/auth/tokens` answers, the newest first. */
export type PersonalTokenList = z.output<typeof personalTokenListAnswer>;

/** The response is the only one that contains the token. */
export function createPersonalToken(token: NewPersonalToken): Promise<z.output<typeof newPersonalTokenAnswer>> {
  return request('POST', '/api/auth/tokens', { body: token });
}

export function revokePersonalToken(id: number): Promise<null> {
  return request('DELETE', `/api/auth/tokens/${id}`);
}
