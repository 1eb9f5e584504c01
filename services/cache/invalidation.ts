/**
 * Which cached values each write makes stale: events by name, mapped to the keys whose versions they change. Nothing else
 * knows. A cache entry names the keys that it depends on as its `tags`.
 */

/** The subject's id: what is cached more finely later, or sent to those who watch it, needs to know which one. */
interface Subject {
  id: number;
}
type Keys = readonly string[];

/** What posts say, and who may read them. Pages and posts are cached under it, the same for all callers. */
export const POSTS_KEY = 'posts';

/**
 * Counts change far more often than posts do: views every second while posts are read. Each has a key of its own, so
 * that a change drops only lists in its order; other entries get the new numbers (post-cache.ts).
 */
export const COUNT_KEYS = {
  viewCount: 'posts:views',
  likeCount: 'posts:likes',
  commentCount: 'posts:comments',
} as const;
export const ALL_POST_KEYS: Keys = [POSTS_KEY, ...Object.values(COUNT_KEYS)];

/** What processes count by day: requests, sign-ins. */
export const DAILY_COUNTS_KEY = 'daily-counts';

/** An account as requests act for it. */
export const userKey = (id: number): string => `user:${id}`;
/** The sessions and tokens of an account: compared on every request that comes with one. */
export const credentialsKey = (userId: number): string => `credentials:${userId}`;

export const postCreated = (_: { authorId: number }): Keys => [POSTS_KEY];
export const postChanged = (_: Subject): Keys => [POSTS_KEY];
/** Scheduled posts whose time has come. */
export const postsPublished = (): Keys => [POSTS_KEY];
export const postDeleted = (_: Subject): Keys => [POSTS_KEY];
/** A like was given or taken back. */
export const postLiked = (_: Subject): Keys => [COUNT_KEYS.likeCount];
export const postsViewed = (): Keys => [COUNT_KEYS.viewCount];
/** Many posts with all that belongs to them, in one transaction. */
export const postsLoaded = (): Keys => ALL_POST_KEYS;
export const categoryCreated = (_: { slug: string }): Keys => [POSTS_KEY];

export const commentCreated = (_: { postId: number }): Keys => [COUNT_KEYS.commentCount];
/** What it says. */
export const commentChanged = (_: Subject): Keys => [COUNT_KEYS.commentCount];
export const commentDeleted = (_: Subject): Keys => [COUNT_KEYS.commentCount];

export const dailyCountsChanged = (): Keys => [DAILY_COUNTS_KEY];

/** Its fields, role or state, and with some of these its credentials. Posts show its name and picture. */
export const accountChanged = ({ id }: Subject): Keys => [userKey(id), credentialsKey(id), POSTS_KEY];
/** A part of its content has lost its author or is deleted, and with the last part the account. */
export const accountRemoved = ({ id }: Subject): Keys => [userKey(id), ...ALL_POST_KEYS];
/** A new sign-in, which may end the oldest one, and the time of it in the account. */
export const signedIn = ({ id }: Subject): Keys => [userKey(id), credentialsKey(id)];
/** All sessions and tokens have ended. */
export const passwordChanged = ({ id }: Subject): Keys => [userKey(id), credentialsKey(id)];
/** A session or token has ended. */
export const credentialsChanged = ({ userId }: { userId: number }): Keys => [credentialsKey(userId)];
