import { publish, register, show, token, upload } from './docs-commands.js';
import type { DocsText } from './docs-en.js';

/** The API page's own texts, in Chinese. */
export const docsZhCn: DocsText = {
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
    {
      id: 'try',
      title: '在线调试',
      paragraphs: [
        '下面每个接口都带有表单，可以直接在本页发送请求，默认使用本站的登录会话；需要登录的接口，请先登录。填写访问令牌后，请求改用该令牌，不再携带会话。',
        '这些都是真实的请求：修改和删除会立即生效。',
      ],
    },
  ],
  labels: {
    anyone: '任何人',
    'signed-in': '需登录',
    parameters: '参数',
    body: '请求体',
    response: '响应',
    failures: '错误',
    example: '示例',
    name: '名称',
    type: '类型',
    meaning: '含义',
    required: '必填',
    optional: '可选',
    emptyBody: '无响应体。',
    path: '路径',
    query: '查询',
    header: '请求头',
    endpoints: '接口',
    try: '在线调试',
    token: '访问令牌（选填）',
    send: '发送请求',
    failed: '请求未能发出，或服务器没有响应。',
  },
  limits: { characters: '个字符', entries: '项', default: '默认', comma: '，' },
};
