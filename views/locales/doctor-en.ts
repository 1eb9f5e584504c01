export interface RuleText {
  /** What holds in a good installation. */
  rule: string;
  /** What to do where it does not. */
  remedy: string;
}

const OURS = 'This is a mistake of ours, not of your settings: do not run this version, and report it';

/** The doctor's rules, in English. */
export const rulesEn = {
  'cookie-secure': {
    rule: 'Session cookies travel by https only, or never leave this machine',
    remedy:
      'Put a proxy that speaks TLS in front and set PUBLIC_URL=https://…; to try it out alone, keep HOST=127.0.0.1',
  },
  'cookie-prefix': {
    rule: 'The session cookie has a prefix that makes browsers insist on its flags',
    remedy: 'Set PUBLIC_URL to an https address: the cookie is then called __Host-Http-sid',
  },
  'session-lifetime': {
    rule: 'A session ends 30 days after the sign-in at the latest',
    remedy: 'Set SESSION_MAX_HOURS to 720 or less, and SESSION_IDLE_HOURS to no more than that',
  },
  'session-keys-long': {
    rule: 'Every key that signs cookies has 32 characters or more',
    remedy: 'Put a longer key in front of SESSION_KEYS (openssl rand -base64 32), or leave it out to have one made',
  },
  'session-keys-random': {
    rule: 'The keys that sign cookies look random',
    remedy: 'Put a random key in front of SESSION_KEYS (openssl rand -base64 32), or leave it out to have one made',
  },
  'secrets-private': {
    rule: 'Only their owner can read the keys in DATA_DIR',
    remedy: 'Run chmod 600 on these files; if others had access, make new keys as well',
  },
  'database-private': {
    rule: 'Only its owner can read the database',
    remedy: 'Run chmod 600 on these files, and chmod 700 on DATA_DIR',
  },
  'data-not-public': {
    rule: 'Neither keys nor database lie where files are served from',
    remedy: 'Move DATA_DIR out of public/, and make new keys',
  },
  'cors-exact': {
    rule: 'Pages elsewhere are let in by exact origin only',
    remedy: 'Give CORS_ORIGINS as https://one.example,https://two.example, without paths or *',
  },
  'proxy-hops': {
    rule: 'Behind a proxy, visitors are told apart by their own address',
    remedy:
      'Set TRUST_PROXY_HOPS to the number of proxies in front, usually 1; without it all visitors share one limit',
  },
  'redis-private': {
    rule: 'What is sent to Redis on another machine is encrypted and needs a password',
    remedy: 'Use rediss://:password@host, or keep Redis on this machine or in a network of its own',
  },
  'metrics-token': {
    rule: 'The token that shows /metrics has 32 characters or more',
    remedy: 'Set METRICS_TOKEN to a longer one (openssl rand -base64 32), or remove it',
  },
  'log-level': {
    rule: 'The log tells what happens, and no more than that',
    remedy: 'Set LOG_LEVEL=info',
  },
  'production-mode': {
    rule: 'It runs as it does in production',
    remedy: 'Remove NODE_ENV, or set it to production',
  },
  'node-supported': {
    rule: 'This version of Node.js still gets security updates',
    remedy: 'Install the newest even-numbered version of Node.js',
  },
  'least-privilege': {
    rule: 'The process runs as a user who may do little else',
    remedy: 'Run it as a user of its own, with write access to DATA_DIR only',
  },
  migrated: {
    rule: 'The database is up to date',
    remedy: 'Run npm run allium -- migrate, or start the server',
  },
  administrator: {
    rule: 'There is an administrator',
    remedy: 'Open the link that the server prints at its start, or run npm run allium -- user create … --admin',
  },
  'no-default-password': {
    rule: 'No administrator has a password that everybody tries first',
    remedy: 'Let these administrators change their password now, and look at who has signed in as them',
  },
  'cookie-http-only': {
    rule: 'No script can read the session cookie, and on https no plain connection carries it',
    remedy: OURS,
  },
  'cookie-scope': {
    rule: 'The session cookie is sent to this site only, by pages of this site only',
    remedy: OURS,
  },
  'csrf-every-route': {
    rule: 'Every route that changes something refuses requests that pages elsewhere can forge',
    remedy: OURS,
  },
  'no-token-to-browser': {
    rule: 'No browser is given a token',
    remedy: OURS,
  },
  'session-endpoints': {
    rule: 'Pages can ask who is signed in, sign in and sign out',
    remedy: OURS,
  },
  'content-security-policy': {
    rule: 'The content security policy allows scripts by nonce only, and data nothing',
    remedy: `${OURS}; if a proxy changes the header, let it pass`,
  },
  'security-headers': {
    rule: 'Every answer carries the headers that protect it',
    remedy: OURS,
  },
  'host-checked': {
    rule: 'Requests by a name that is not ours are refused',
    remedy: OURS,
  },
  'foreign-pages-read-nothing': {
    rule: 'Pages elsewhere that were not named can read nothing',
    remedy: OURS,
  },
  'gateway-allow-list': {
    rule: 'The gateway passes on only what is declared, and to nobody else',
    remedy: OURS,
  },
  'gateway-no-cookie': {
    rule: 'No service behind the gateway gets the session cookie or sets one; it gets a token',
    remedy: OURS,
  },
} satisfies Record<string, RuleText>;

export type RuleId = keyof typeof rulesEn;
