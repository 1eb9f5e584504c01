/** How much pages ask the API for at once: the server prepares the first part, and the application asks for the next. */
export const COMMENTS_PER_PAGE = 50;
