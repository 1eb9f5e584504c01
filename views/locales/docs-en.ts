import { publish, register, show, token, upload } from './docs-commands.js';

/** The API page's texts besides those of the OpenAPI document. Between backticks: code. */
export interface DocsText {
  title: string;
  lead: string;
  contents: string;
  machine: string;
  sections: readonly { id: string; title: string; paragraphs: readonly string[] }[];
  walk: { id: string; title: string; lead: string; steps: readonly { text: string; code: string }[] };
  labels: Record<
    | 'anyone'
    | 'signed-in'
    | 'parameters'
    | 'body'
    | 'response'
    | 'failures'
    | 'example'
    | 'name'
    | 'type'
    | 'meaning'
    | 'required'
    | 'optional'
    | 'emptyBody'
    | 'path'
    | 'query'
    | 'header'
    | 'endpoints'
    | 'try'
    | 'token'
    | 'send'
    | 'failed',
    string
  >;
  /** What a value is limited to, as in `1–50 characters, default 10`. */
  limits: { characters: string; entries: string; default: string; comma: string };
}

/** The API page's own texts, in English. */
export const docsEn: DocsText = {
  title: 'The API',
  lead: 'Programs can do everything that the pages of this site can do. This page is generated from the schemas that validate each request, so it is always up to date.',
  contents: 'On this page',
  machine: 'Download the OpenAPI 3.1 document',
  walk: {
    id: 'first-post',
    title: 'Publish a first post with a picture',
    lead: 'Five steps in a shell. Replace what is in angle brackets with values from the previous response.',
    steps: [
      {
        text: 'Register an account. The response contains a `token` that is valid for `expiresIn` seconds; `POST /api/auth/login` returns a new one.',
        code: register,
      },
      { text: 'Store the token. Send it with every following request as `Authorization: Bearer`.', code: token },
      {
        text: 'Upload a picture. The response is `{ message, file }`; `file.url` is its address, `file.variants` lists smaller versions.',
        code: upload,
      },
      {
        text: 'Publish a post. Without `status` it is a draft that only you can see. The `Location` header contains its address.',
        code: publish,
      },
      { text: 'Anyone can read it now, also at `/api/posts/slug/<post.slug>`.', code: show },
    ],
  },
  sections: [
    {
      id: 'clients',
      title: 'Two kinds of clients',
      paragraphs: [
        'Programs receive a `token` from register and login and send it as `Authorization: Bearer <token>`. They receive no cookie.',
        'Browsers, recognized by `Sec-Fetch-Site`, `Origin` or the session cookie, receive a session cookie and never a token. Each of their requests that changes data must carry the header `X-CSRF: 1`; cross-site requests are refused.',
        'Request bodies are JSON, or `application/x-www-form-urlencoded` where no field is nested. Ids are integers, times are ISO 8601 in UTC. Unknown fields are refused. Responses may gain fields over time.',
      ],
    },
    {
      id: 'errors',
      title: 'Errors',
      paragraphs: [
        'All errors have the same form: `{ "error", "code", "details": [{ "path", "message" }], "requestId" }`. `error` is a sentence for people, in the language of `Accept-Language` (en, zh-CN); `code` is stable and meant for programs. `details` lists the invalid fields. `requestId` is also sent in the header `X-Request-Id`.',
        'Responses with `429` and `503` carry `Retry-After`: the number of seconds to wait.',
      ],
    },
    {
      id: 'paging',
      title: 'Pagination',
      paragraphs: [
        '`?page=1&limit=10` returns a list and `pagination: { current, pages, total, limit }`; `limit` is 1 to 100. `?sort=-createdAt` sorts; a leading minus means descending.',
        'To page through posts with a cursor, send `?after=` (empty) first and then the `next` of each response, until it is `null`. Every page costs the same, however deep.',
      ],
    },
    {
      id: 'versions',
      title: 'Versions',
      paragraphs: [
        'Every edit increments a post’s `version`. Send the version that you have read, as `version` in the body or as `If-Match: "<version>"`. If someone else has changed the post since, the response is `version_conflict` (409, or 412 with the header) and nothing is overwritten.',
        'Send the `ETag` of an earlier response as `If-None-Match`: 304 means that your copy is current.',
      ],
    },
    {
      id: 'uploads',
      title: 'Uploads',
      paragraphs: [
        'Send pictures as `multipart/form-data`: one in the field `image`, or up to five in `images`, stored all or none. JPEG, PNG, GIF and WebP are recognized by their content; each may have at most 5 MB and 40 megapixels. They are re-encoded without metadata, with variants up to 320 and 1280 pixels wide.',
        'The `url` is a path on this server. Use it in `coverImage` or in the Markdown of a post.',
      ],
    },
    {
      id: 'try',
      title: 'Try it',
      paragraphs: [
        'Each endpoint below has a form that sends a request from this page. It carries the session of this site, so sign in first where that is required. With an access token, the token is sent instead of the session.',
        'These are real requests: they change and delete real data.',
      ],
    },
  ],
  labels: {
    anyone: 'anyone',
    'signed-in': 'signed in',
    parameters: 'Parameters',
    body: 'Body',
    response: 'Response',
    failures: 'Errors',
    example: 'Example',
    name: 'Name',
    type: 'Type',
    meaning: 'Meaning',
    required: 'required',
    optional: 'optional',
    emptyBody: 'No body.',
    path: 'path',
    query: 'query',
    header: 'header',
    endpoints: 'Endpoints',
    try: 'Try it',
    token: 'Access token (optional)',
    send: 'Send request',
    failed: 'The request could not be sent, or the server did not respond.',
  },
  limits: { characters: 'characters', entries: 'entries', default: 'default', comma: ', ' },
};

/** Titles of chapters that are not the tag with a capital letter; tags with the same title share a chapter. */
export const chapterTitles: Readonly<Record<string, string>> = {
  auth: 'Sign-in and tokens',
  users: 'Accounts',
  upload: 'Pictures',
  bff: 'Home page',
  admin: 'Administration',
  openapi: 'Documentation',
  docs: 'Documentation',
};
