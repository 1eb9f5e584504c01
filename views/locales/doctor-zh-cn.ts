import type { RuleId, RuleText } from './doctor-en.js';

const OURS = '这是程序本身的缺陷，与设置无关：请不要运行此版本，并报告问题';

/** The doctor's rules, in Chinese. */
export const rulesZhCn: Record<RuleId, RuleText> = {
  'cookie-secure': {
    rule: '会话 Cookie 只经 https 传输，或者不离开本机',
    remedy: '在前面放一个支持 TLS 的代理，并设置 PUBLIC_URL=https://…；仅在本机试用时保持 HOST=127.0.0.1',
  },
  'cookie-prefix': {
    rule: '会话 Cookie 的名称带有前缀，浏览器会强制其安全属性',
    remedy: '把 PUBLIC_URL 设为 https 地址，Cookie 名称即为 __Host-Http-sid',
  },
  'session-lifetime': {
    rule: '会话最迟在登录 30 天后结束',
    remedy: '把 SESSION_MAX_HOURS 设为 720 或更小，SESSION_IDLE_HOURS 不大于它',
  },
  'session-keys-long': {
    rule: '签名 Cookie 的每个密钥至少 32 个字符',
    remedy: '在 SESSION_KEYS 最前面加一个更长的密钥（openssl rand -base64 32），或者不设置，由程序生成',
  },
  'session-keys-random': {
    rule: '签名 Cookie 的密钥是随机的',
    remedy: '在 SESSION_KEYS 最前面加一个随机密钥（openssl rand -base64 32），或者不设置，由程序生成',
  },
  'secrets-private': {
    rule: 'DATA_DIR 中的密钥只有所有者可以读取',
    remedy: '对这些文件执行 chmod 600；如果他人曾可访问，请同时更换密钥',
  },
  'database-private': {
    rule: '数据库只有所有者可以读取',
    remedy: '对这些文件执行 chmod 600，对 DATA_DIR 执行 chmod 700',
  },
  'data-not-public': {
    rule: '密钥和数据库不在对外提供文件的目录中',
    remedy: '把 DATA_DIR 移出 public/，并更换密钥',
  },
  'cors-exact': {
    rule: '只按确切的源允许其他站点的页面',
    remedy: '把 CORS_ORIGINS 写成 https://one.example,https://two.example，不带路径，也不用 *',
  },
  'proxy-hops': {
    rule: '在代理之后，按访客自己的地址区分访客',
    remedy: '把 TRUST_PROXY_HOPS 设为前面代理的数量，通常为 1；否则所有访客共用一个限额',
  },
  'redis-private': {
    rule: '发往其他机器上 Redis 的内容经过加密并需要密码',
    remedy: '使用 rediss://:密码@主机，或者把 Redis 放在本机或独立网络中',
  },
  'metrics-token': {
    rule: '查看 /metrics 的令牌至少 32 个字符',
    remedy: '把 METRICS_TOKEN 换成更长的值（openssl rand -base64 32），或者删除它',
  },
  'log-level': {
    rule: '日志级别为 info',
    remedy: '设置 LOG_LEVEL=info',
  },
  'production-mode': {
    rule: '以生产模式运行',
    remedy: '删除 NODE_ENV，或者设为 production',
  },
  'node-supported': {
    rule: '当前 Node.js 版本仍有安全更新',
    remedy: '安装最新的偶数版本 Node.js',
  },
  'least-privilege': {
    rule: '进程以权限很小的用户运行',
    remedy: '使用专门的用户运行，只给它 DATA_DIR 的写权限',
  },
  migrated: {
    rule: '数据库结构是最新的',
    remedy: '执行 npm run allium -- migrate，或者启动服务器',
  },
  administrator: {
    rule: '已有管理员',
    remedy: '打开服务器启动时显示的链接，或者执行 npm run allium -- user create … --admin',
  },
  'no-default-password': {
    rule: '没有管理员使用默认密码',
    remedy: '请这些管理员立即修改密码，并检查他们账号的登录记录',
  },
  'cookie-http-only': {
    rule: '脚本无法读取会话 Cookie，启用 https 时它不会经明文连接传输',
    remedy: OURS,
  },
  'cookie-scope': {
    rule: '会话 Cookie 只发往本站，也只由本站页面发出',
    remedy: OURS,
  },
  'csrf-every-route': {
    rule: '每个会改变数据的接口都拒绝其他站点可以伪造的请求',
    remedy: OURS,
  },
  'no-token-to-browser': {
    rule: '浏览器拿不到任何令牌',
    remedy: OURS,
  },
  'session-endpoints': {
    rule: '页面可以查询谁已登录、登录和退出',
    remedy: OURS,
  },
  'content-security-policy': {
    rule: '内容安全策略只允许带 nonce 的脚本，数据则什么都不允许',
    remedy: `${OURS}；如果代理改动了该响应头，请让它原样通过`,
  },
  'security-headers': {
    rule: '每个响应都带有保护它的响应头',
    remedy: OURS,
  },
  'host-checked': {
    rule: '拒绝使用不属于本站的域名的请求',
    remedy: OURS,
  },
  'foreign-pages-read-nothing': {
    rule: '未获允许的其他站点页面读不到任何内容',
    remedy: OURS,
  },
  'gateway-allow-list': {
    rule: '网关只转发已声明的请求，且不发往其他任何地方',
    remedy: OURS,
  },
  'gateway-no-cookie': {
    rule: '网关后面的服务拿不到会话 Cookie，也不能设置 Cookie，只会收到令牌',
    remedy: OURS,
  },
};
