/**
 * The version that each change to what posts say changes, and to who may read it. Lists and posts are remembered under
 * it, for everybody alike: what differs from person to person (their likes, what they may see) is put in or checked
 * afterwards.
 */
export const POSTS_KEY = 'posts';

/**
 * What is counted of a post changes far more often, views every second while anybody reads. Each count has a version of
 * its own, so that nothing is forgotten for it but lists in its order: the numbers are put in afterwards (post-counts.ts).
 */
export const COUNT_KEYS = {
  viewCount: 'posts:views',
  likeCount: 'posts:likes',
  commentCount: 'posts:comments',
} as const;

/** For changes to all of it, as when somebody goes with everything they have written and liked. */
export const ALL_POST_KEYS: readonly string[] = [POSTS_KEY, ...Object.values(COUNT_KEYS)];
