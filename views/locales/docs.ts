import type { Locale } from './index.js';

/** What stands around the contracts on the page of the API. Between backticks: code. */
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
    | 'answer'
    | 'failures'
    | 'example'
    | 'name'
    | 'type'
    | 'meaning'
    | 'required'
    | 'optional'
    | 'noBody'
    | 'path'
    | 'query'
    | 'header'
    | 'endpoints',
    string
  >;
}

const register = `curl -X POST $ALLIUM/api/auth/register \\
  -H 'Content-Type: application/json' \\
  -d '{"username":"ada","email":"ada@example.com","password":"a long pass phrase"}'`;
const token = 'TOKEN=<token>';
const upload = `curl -X POST $ALLIUM/api/upload/single \\
  -H "Authorization: Bearer $TOKEN" \\
  -F 'image=@picture.jpg'`;
const publish = `curl -X POST $ALLIUM/api/posts \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"title":"Peeling an onion","content":"# Layers\\n\\n![An onion](<file.url>)",
       "category":"life","tags":["kitchen"],"coverImage":"<file.url>","status":"published"}'`;
const show = 'curl $ALLIUM/api/posts/<post.id>';

const en: DocsText = {
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
        'Browsers, recognized by `Sec-Fetch-Site`, `Origin` or the session cookie, receive a session cookie and never a token. Every request of theirs that changes data must carry the header `X-CSRF: 1`; cross-site requests are refused.',
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
  ],
  labels: {
    anyone: 'anyone',
    'signed-in': 'signed in',
    parameters: 'Parameters',
    body: 'Body',
    answer: 'Response',
    failures: 'Errors',
    example: 'Example',
    name: 'Name',
    type: 'Type',
    meaning: 'Meaning',
    required: 'required',
    optional: 'optional',
    noBody: 'No body.',
    path: 'path',
    query: 'query',
    header: 'header',
    endpoints: 'Endpoints',
  },
};

const zhCn: DocsText = {
  title: '接口文档',
  lead: '本站页面能做的事，程序同样能做。这一页由校验每个请求的同一套模式自动生成，因此始终保持最新。',
  contents: '本页内容',
  machine: '下载 OpenAPI 3.1 文档',
  walk: {
    id: 'first-post',
    title: '发布第一篇带图的文章',
    lead: '一共五步，在终端里依次输入。尖括号里的内容取自上一步的响应。',
    steps: [
      {
        text: '注册账号。响应里的 `token` 在 `expiresIn` 秒内有效，之后用 `POST /api/auth/login` 再取一个。',
        code: register,
      },
      { text: '保存令牌。之后的每个请求都要带上它：`Authorization: Bearer`。', code: token },
      {
        text: '上传图片。响应是 `{ message, file }`：`file.url` 是图片地址，`file.variants` 是较小的版本。',
        code: upload,
      },
      { text: '发布文章。不写 `status` 就是草稿，只有自己看得到。响应头 `Location` 给出它的地址。', code: publish },
      { text: '现在谁都可以读了，也可以用 `/api/posts/slug/<post.slug>` 访问。', code: show },
    ],
  },
  sections: [
    {
      id: 'clients',
      title: '两类客户端',
      paragraphs: [
        '程序在注册和登录时得到 `token`，之后以 `Authorization: Bearer <token>` 发送，不会收到 Cookie。',
        '浏览器（由 `Sec-Fetch-Site`、`Origin` 或本站 Cookie 识别）得到会话 Cookie，永远拿不到令牌。凡是修改数据的请求，本站页面都会带上 `X-CSRF: 1`；来自其他网站的请求一律拒绝。',
        '请求体用 JSON；没有嵌套字段的，也可以用 `application/x-www-form-urlencoded`。编号是整数，时间是 UTC 的 ISO 8601。未知字段会被拒绝；响应以后可能增加字段。',
      ],
    },
    {
      id: 'errors',
      title: '错误',
      paragraphs: [
        '所有错误的格式都一样：`{ "error", "code", "details": [{ "path", "message" }], "requestId" }`。`error` 是给人看的句子，语言由 `Accept-Language` 决定（en、zh-CN）；`code` 稳定不变，程序请以它为准；`details` 指出有问题的字段；`requestId` 也在响应头 `X-Request-Id` 里。',
        '`429` 和 `503` 会在 `Retry-After` 里说明多少秒后再试。',
      ],
    },
    {
      id: 'paging',
      title: '分页',
      paragraphs: [
        '`?page=1&limit=10` 得到列表和 `pagination: { current, pages, total, limit }`，`limit` 为 1 到 100。`?sort=-createdAt` 用来排序，前面的减号表示降序。',
        '要用游标逐页读取文章，先发空的 `?after=`，之后每次发送上一次得到的 `next`，直到它是 `null`。无论翻到多深，每一页的开销都一样。',
      ],
    },
    {
      id: 'versions',
      title: '版本',
      paragraphs: [
        '文章有 `version`，每次修改都会加一。请把看到的版本发回来：写在请求体的 `version` 里，或者用 `If-Match: "<version>"`。如果期间有人修改过，会得到 `version_conflict`（409；用请求头时是 412），什么都不会被覆盖。',
        '把上一次响应的 `ETag` 放在 `If-None-Match` 里再次请求：304 表示现有内容仍是最新的。',
      ],
    },
    {
      id: 'uploads',
      title: '上传',
      paragraphs: [
        '图片以 `multipart/form-data` 发送：单张放在字段 `image`，最多五张放在 `images`，要么全部保存，要么一张也不留。按内容识别 JPEG、PNG、GIF、WebP；每张不超过 5 MB、4000 万像素。图片会重新编码，除画面之外什么都不保留，并附带宽度不超过 320 和 1280 像素的版本。',
        '`url` 是本站的路径，可以写进 `coverImage`，也可以写进文章的 Markdown。',
      ],
    },
  ],
  labels: {
    anyone: '任何人',
    'signed-in': '需登录',
    parameters: '参数',
    body: '请求体',
    answer: '响应',
    failures: '错误',
    example: '示例',
    name: '名称',
    type: '类型',
    meaning: '含义',
    required: '必填',
    optional: '可选',
    noBody: '无响应体。',
    path: '路径',
    query: '查询',
    header: '请求头',
    endpoints: '接口',
  },
};

export const docsIn: Readonly<Record<Locale, DocsText>> = { en, 'zh-CN': zhCn };
