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
  lead: 'Everything the pages of this site can do, a program can do too. This page is made from the same contracts that check each request, so it cannot be out of date.',
  contents: 'On this page',
  machine: 'The same as an OpenAPI 3.1 document',
  walk: {
    id: 'first-post',
    title: 'A first post, with a picture',
    lead: 'Five steps, to be typed in a shell. What stands in angle brackets comes from the answer before.',
    steps: [
      {
        text: 'Open an account. The answer holds a `token` that is good for `expiresIn` seconds; `POST /api/auth/login` gives another.',
        code: register,
      },
      { text: 'Keep the token. It goes with every request that follows, as `Authorization: Bearer`.', code: token },
      {
        text: 'Upload a picture. The answer is `{ message, file }`; `file.url` is where it can be seen, `file.variants` are smaller ones.',
        code: upload,
      },
      {
        text: 'Publish. Without `status` it would be a draft that only you can see. The header `Location` says where it is.',
        code: publish,
      },
      { text: 'Anybody can read it now, also under `/api/posts/slug/<post.slug>`.', code: show },
    ],
  },
  sections: [
    {
      id: 'clients',
      title: 'Two kinds of clients',
      paragraphs: [
        'Programs get a `token` from register and login and send it as `Authorization: Bearer <token>`. They get no cookie.',
        'Browsers, which are known by `Sec-Fetch-Site`, `Origin` or our cookie, get a session cookie and never a token. With every request that changes something a page of ours sends the header `X-CSRF: 1`; requests from other sites are refused.',
        'Bodies are JSON; where no field holds other fields they may also be `application/x-www-form-urlencoded`. Ids are whole numbers, times ISO 8601 in UTC. A field that is not known is refused. Answers may gain fields.',
      ],
    },
    {
      id: 'errors',
      title: 'Errors',
      paragraphs: [
        'Every failure has one form: `{ "error", "code", "details": [{ "path", "message" }], "requestId" }`. `error` is a sentence in the language that `Accept-Language` asks for (en, zh-CN); `code` is stable, so let programs read that. `details` names the fields that are wrong. `requestId` is in the header `X-Request-Id` too.',
        '`429` and `503` say in `Retry-After` when to try again, in seconds.',
      ],
    },
    {
      id: 'paging',
      title: 'Pages of a list',
      paragraphs: [
        '`?page=1&limit=10` answers a list and `pagination: { current, pages, total, limit }`; a limit is 1 to 100. `?sort=-createdAt` sorts, with a leading minus descending.',
        'For endless lists of posts send `?after=` (empty) and then each `next` that you are given, until it is `null`. Each page costs the same, however deep.',
      ],
    },
    {
      id: 'versions',
      title: 'Versions',
      paragraphs: [
        'A post has a `version` that every edit raises. Send the one you have seen, as `version` in the body or as `If-Match: "<version>"`. If somebody was faster you get `version_conflict` (409, or 412 with the header) and nothing is overwritten.',
        'Answers to GET that carry an `ETag` can be asked for again with `If-None-Match`: 304 means that yours is still good.',
      ],
    },
    {
      id: 'uploads',
      title: 'Uploads',
      paragraphs: [
        'Pictures travel as `multipart/form-data`: one in the field `image`, or up to five in `images`, all or none. JPEG, PNG, GIF and WebP are known by their content; each at most 5 MB and 40 megapixels. They are written anew, so that nothing but the picture is kept, with variants up to 320 and 1280 pixels wide.',
        'The `url` is a path on this server. Put it into `coverImage`, or into the Markdown of a post.',
      ],
    },
  ],
  labels: {
    anyone: 'anyone',
    'signed-in': 'signed in',
    parameters: 'Parameters',
    body: 'Body',
    answer: 'Answer',
    failures: 'Failures',
    example: 'Example',
    name: 'Name',
    type: 'Type',
    meaning: 'Meaning',
    required: 'required',
    optional: 'may be missing',
    noBody: 'No body.',
    path: 'path',
    query: 'query',
    header: 'header',
    endpoints: 'Endpoints',
  },
};

const zhCn: DocsText = {
  title: '接口文档',
  lead: '本站页面能做的事，程序同样能做。这一页由检查每个请求的同一份约定生成，因此不会过时。',
  contents: '本页内容',
  machine: '同样的内容，OpenAPI 3.1 格式',
  walk: {
    id: 'first-post',
    title: '发布第一篇带图的文章',
    lead: '一共五步，在终端里依次输入。尖括号里的内容取自上一步的回答。',
    steps: [
      {
        text: '注册账号。回答里的 `token` 在 `expiresIn` 秒内有效，之后用 `POST /api/auth/login` 再取一个。',
        code: register,
      },
      { text: '记下令牌。之后的每个请求都要带上它：`Authorization: Bearer`。', code: token },
      {
        text: '上传图片。回答是 `{ message, file }`：`file.url` 是图片地址，`file.variants` 是较小的版本。',
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
        '请求体用 JSON；没有嵌套字段的，也可以用 `application/x-www-form-urlencoded`。编号是整数，时间是 UTC 的 ISO 8601。不认识的字段会被拒绝；回答里以后可能增加字段。',
      ],
    },
    {
      id: 'errors',
      title: '错误',
      paragraphs: [
        '所有失败的格式都一样：`{ "error", "code", "details": [{ "path", "message" }], "requestId" }`。`error` 是给人看的句子，语言由 `Accept-Language` 决定（en、zh-CN）；`code` 稳定不变，程序请以它为准；`details` 指出有问题的字段；`requestId` 也在响应头 `X-Request-Id` 里。',
        '`429` 和 `503` 会在 `Retry-After` 里说明多少秒后再试。',
      ],
    },
    {
      id: 'paging',
      title: '分页',
      paragraphs: [
        '`?page=1&limit=10` 得到列表和 `pagination: { current, pages, total, limit }`，`limit` 为 1 到 100。`?sort=-createdAt` 用来排序，前面的减号表示降序。',
        '要无限滚动地读文章，先发空的 `?after=`，之后每次发送上一次得到的 `next`，直到它是 `null`。无论翻到多深，每一页的开销都一样。',
      ],
    },
    {
      id: 'versions',
      title: '版本',
      paragraphs: [
        '文章有 `version`，每次修改都会加一。请把看到的版本发回来：写在请求体的 `version` 里，或者用 `If-Match: "<version>"`。如果有人抢先改过，会得到 `version_conflict`（409；用请求头时是 412），什么都不会被覆盖。',
        '带 `ETag` 的 GET 回答可以用 `If-None-Match` 再问一次：304 表示手里的还有效。',
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
    answer: '回答',
    failures: '失败',
    example: '示例',
    name: '名称',
    type: '类型',
    meaning: '含义',
    required: '必填',
    optional: '可能没有',
    noBody: '没有内容。',
    path: '路径',
    query: '查询',
    header: '请求头',
    endpoints: '接口',
  },
};

export const docsIn: Readonly<Record<Locale, DocsText>> = { en, 'zh-CN': zhCn };
