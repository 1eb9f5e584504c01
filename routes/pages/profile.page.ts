import type { Services } from '../../services/index.js';
import { presentPublicUser, profileAnswer, usernameParams } from '../users/users.schema.js';
import { definePage, paramsOf } from './page.js';
import { listQuery, LIST_TAGS, loadPosts, nextPath } from './post-lists.js';

/** An account as everyone may see it, with its posts. */
export function profilePage({ follows, posts, users }: Pick<Services, 'follows' | 'posts' | 'users'>) {
  return definePage({
    path: '/@:username',
    query: listQuery,
    tags: LIST_TAGS,
    async load({ params, query: { after }, viewer, signal }) {
      const user = await users.getByUsername(paramsOf(usernameParams, params).username);
      const [counts, list] = await Promise.all([
        follows.counts(viewer, user.id),
        loadPosts({ posts }, { viewer, signal }, { author: user.id }, after),
      ]);
      const shown = presentPublicUser(user);
      const { username, name, avatar, profile } = shown;
      const canonical = `/@${encodeURIComponent(username)}`;
      return {
        head: {
          title: name ?? username,
          ...(profile.bio && { description: profile.bio }),
          canonical,
          type: 'profile',
          image: avatar,
          next: nextPath(canonical, list.next),
          noIndex: after !== '',
        },
        answers: [
          {
            path: `/api/users/username/${encodeURIComponent(username)}`,
            answer: profileAnswer.parse({ user: shown, ...counts }),
          },
          list.answer,
        ],
      };
    },
  });
}
