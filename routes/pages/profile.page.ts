import type { Services } from '../../services/index.js';
import { usernameParams } from '../users/users.schema.js';
import { person, personPath } from './linked-data.js';
import { definePage, paramsOf } from './page.js';
import { listQuery, LIST_TAGS, loadCategories, loadPosts, nextPath } from './post-lists.js';
import { loadProfile } from './profiles.js';

/** What everyone may see of a person, and their posts. Who follows whom may be a minute late here. */
export function profilePage({
  posts,
  users,
  follows,
  categories,
}: Pick<Services, 'posts' | 'users' | 'follows' | 'categories'>) {
  return definePage({
    path: '/@:username',
    query: listQuery,
    tags: LIST_TAGS,
    async load({ params, query: { after }, locale, ...input }) {
      const { username } = paramsOf(usernameParams, params);
      const { isActive, profile, answer: pageAnswer } = await loadProfile({ users, follows }, input.viewer, username);
      const { user, followers } = profile;
      const [{ answer, next }, { answer: categoryList }] = await Promise.all([
        loadPosts({ posts }, input, { author: user.id }, after),
        loadCategories({ categories }, locale),
      ]);
      const canonical = personPath(user.username);
      return {
        head: {
          title: user.name ?? user.username,
          description: user.profile.bio ?? undefined,
          canonical,
          type: 'profile',
          image: user.avatar,
          next: nextPath(canonical, next),
          noIndex: after !== '' || !isActive,
          linkedData: (origin) => ({
            '@context': 'https://schema.org',
            '@type': 'ProfilePage',
            dateCreated: user.createdAt,
            mainEntity: {
              ...person(user, origin),
              ...(user.profile.bio !== null && { description: user.profile.bio }),
              interactionStatistic: {
                '@type': 'InteractionCounter',
                interactionType: 'https://schema.org/FollowAction',
                userInteractionCount: followers,
              },
            },
          }),
        },
        answers: [pageAnswer, answer, categoryList],
      };
    },
  });
}
