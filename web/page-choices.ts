import type * as server from '../routes/pages/page-choices';

/**
 * What pages ask the API for. The first answers come with the page, for these choices: others do not compile, since the
 * types are those of the server's values.
 */
export const COMMENTS_PER_PAGE: typeof server.COMMENTS_PER_PAGE = 50;
export const POSTS_PER_PART: typeof server.POSTS_PER_PART = 12;
export const TAGS_ON_HOME: typeof server.TAGS_ON_HOME = 20;
export const SEARCHED_PAGES: typeof server.SEARCHED_PAGES = 100;
export const SEARCH_ORDERS: typeof server.SEARCH_ORDERS = ['-publishedAt', 'publishedAt', '-likeCount', '-viewCount'];
export type SearchOrder = server.SearchOrder;
