export interface RuleText {
  /** What is true of a safe installation. */
  rule: string;
  /** What to do when it is not. */
  remedy: string;
}

const OURS = 'This is a defect of Allium, not of your settings: do not run this version, and report it';

/** The doctor's rules, in English. */
export const rulesEn = {
  'cookie-secure': {
    rule: 'Session cookies are sent over https only, or never leave this machine',
    remedy:
      'Put a TLS proxy in front and set PUBLIC_URL=https://…; to try it out on this machine only, keep HOST=127.0.0.1',
  },
  'cookie-prefix': {
    rule: 'The session cookie has a prefix that makes browsers enforce its flags',
    remedy: 'Set PUBLIC_URL to an https address: the cookie is then called __Host-Http-sid',
  },
  'session-lifetime': {
    rule: 'A session ends 30 days after the sign-in at the latest',
    remedy: 'Set SESSION_MAX_HOURS to 720 or less, and SESSION_IDLE_HOURS to no more than that',
  },
  'session-keys-long': {
    rule: 'Every key that signs cookies has 32 characters or more',
    remedy: 'Put a longer key in front of SESSION_KEYS (openssl rand -base64 32), or unset it to have one generated',
  },
  'session-keys-random': {
    rule: 'The keys that sign cookies look random',
    remedy: 'Put a random key in front of SESSION_KEYS (openssl rand -base64 32), or unset it to have one generated',
  },
  'secrets-private': {
    rule: 'Only their owner can read the keys in DATA_DIR',
    remedy: 'Run chmod 600 on these files; if others had access, generate new keys as well',
  },
  'database-private': {
    rule: 'Only its owner can read the database',
    remedy: 'Run chmod 600 on these files, and chmod 700 on DATA_DIR',
  },
  'data-not-public': {
    rule: 'Keys and database lie outside the folders that are served',
    remedy: 'Move DATA_DIR out of public/, and generate new keys',
  },
  'cors-exact': {
    rule: 'Cross-origin pages are allowed by exact origin only',
    remedy: 'Set CORS_ORIGINS as https://one.example,https://two.example, without paths or *',
  },
  'proxy-hops': {
    rule: 'Behind a proxy, visitors are distinguished by their own address',
    remedy:
      'Set TRUST_PROXY_HOPS to the number of proxies in front, usually 1; without it all visitors share one limit',
  },
  'redis-private': {
    rule: 'The connection to Redis on another machine is encrypted and needs a password',
    remedy: 'Use rediss://:password@host, or run Redis on this machine or in a private network',
  },
  'metrics-token': {
    rule: 'The token for /metrics has 32 characters or more',
    remedy: 'Set METRICS_TOKEN to a longer one (openssl rand -base64 32), or remove it',
  },
  'log-level': {
    rule: 'The log level is info',
    remedy: 'Set LOG_LEVEL=info',
  },
  'production-mode': {
    rule: 'The server runs in production mode',
    remedy: 'Remove NODE_ENV, or set it to production',
  },
  'node-supported': {
    rule: 'This version of Node.js still gets security updates',
    remedy: 'Install the newest even-numbered version of Node.js',
  },
  'least-privilege': {
    rule: 'The process runs as an unprivileged user',
    remedy: 'Run it as a dedicated user with write access to DATA_DIR only',
  },
  migrated: {
    rule: 'The database is up to date',
    remedy: 'Run npm run allium -- migrate, or start the server',
  },
  administrator: {
    rule: 'There is an administrator',
    remedy: 'Open the link that the server prints when it starts, or run npm run allium -- user create … --admin',
  },
  'no-default-password': {
    rule: 'No administrator has a default password',
    remedy: 'Have these administrators change their password now, and check the sign-ins of their accounts',
  },
  'cookie-http-only': {
    rule: 'Scripts cannot read the session cookie, and with https it is never sent over a plain connection',
    remedy: OURS,
  },
  'cookie-scope': {
    rule: 'The session cookie is sent to this site only, and only by its own pages',
    remedy: OURS,
  },
  'csrf-every-route': {
    rule: 'Every route that changes data refuses forged cross-site requests',
    remedy: OURS,
  },
  'no-token-to-browser': {
    rule: 'Browsers never receive a token',
    remedy: OURS,
  },
  'session-endpoints': {
    rule: 'Pages can ask who is signed in, sign in and sign out',
    remedy: OURS,
  },
  'content-security-policy': {
    rule: 'The content security policy allows scripts by nonce only, and nothing for data',
    remedy: `${OURS}; if a proxy changes the header, configure it to pass the header through`,
  },
  'security-headers': {
    rule: 'Every response carries the security headers',
    remedy: OURS,
  },
  'host-checked': {
    rule: 'Requests with an unknown host name are refused',
    remedy: OURS,
  },
  'foreign-pages-read-nothing': {
    rule: 'Cross-origin pages that are not allowed can read nothing',
    remedy: OURS,
  },
  'gateway-allow-list': {
    rule: 'The gateway forwards only declared requests, and only to declared upstreams',
    remedy: OURS,
  },
  'gateway-no-cookie': {
    rule: 'Upstreams receive a token, never the session cookie, and cannot set cookies of this site',
    remedy: OURS,
  },
} satisfies Record<string, RuleText>;

export type RuleId = keyof typeof rulesEn;
