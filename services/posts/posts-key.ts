/**
 * The version that each change to what any post shows changes. Lists and posts are remembered under it, for everybody
 * alike: what differs from person to person (their likes, what they may see) is put in or checked afterwards.
 */
export const POSTS_KEY = 'posts';
