/** What pages ask the API for: the server prepares the first part, and the application asks for the next alike. */
export const COMMENTS_PER_PAGE = 50;
export const POSTS_PER_PART = 12;
export const TAGS_ON_HOME = 20;
export const SEARCHED_PAGES = 100;

/** The orders in which a search can show what it has found; the first is the default. */
export const SEARCH_ORDERS = ['-publishedAt', 'publishedAt', '-likeCount', '-viewCount'] as const;
export type SearchOrder = (typeof SEARCH_ORDERS)[number];
