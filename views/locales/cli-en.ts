import { startEn } from './start-en.js';

/** The texts of the command line, in English. The other languages have the same shape. */
export const cliEn = {
  /** Commander's words. */
  help: {
    usage: 'Usage:',
    options: 'Options:',
    commands: 'Commands:',
    anyOptions: '[options]',
    anyCommand: '[command]',
    helpOption: 'show help',
    helpCommand: 'show help for a command',
    default: (value: string) => ` (default: ${value})`,
  },
  /** Wrong arguments, by commander's code. */
  arguments: {
    'commander.unknownCommand': (name: string) => `Unknown command ${name}`,
    'commander.unknownOption': (name: string) => `Unknown option ${name}`,
    'commander.missingMandatoryOptionValue': (name: string) => `The option ${name} is required`,
    'commander.optionMissingArgument': (name: string) => `The option ${name} needs a value`,
    'commander.excessArguments': (name: string) => `Too many arguments for ${name}`,
  },
  didYouMean: (names: string) => `Did you mean ${names}?`,
  start: startEn,
  program: 'Manages an Allium installation.',
  migrate: {
    help: 'bring the database up to date, or copy an installation to another database',
    done: 'The database is up to date.',
    from: 'copy from this database: sqlite:/path/to/file',
    to: 'copy to this database, which must be empty: postgres://user:password@host/database',
    directions: 'Give --from sqlite:/path/to/file and --to postgres://user:password@host/database',
    noSource: (file: string) => `There is no database ${file}`,
    progress: (done: string, total: string, table: string) => `${done} of ${total} ${table}`,
    copied: (rows: number) =>
      `Copied ${rows} rows; the checksums of both databases are equal. Set DATABASE_URL to the new one and restart.`,
    notEmpty: (table: string) => `The other database has rows in ${table} already; nothing was copied`,
    different: (table: string) => `${table} arrived different from what was sent; nothing was copied`,
  },
  doctor: {
    help: 'check this installation against the security rules; exit code 1 when a required rule is not met',
  },
  user: {
    help: 'manage accounts',
    create: 'create an account; the password is asked for, or read from standard input',
    email: 'email address',
    username: 'user name, 3 to 20 characters',
    admin: 'make it an administrator',
    password: 'Password: ',
    noPassword: 'No password was given',
    created: (role: 'user' | 'admin', username: string, id: number) => `Created ${role} ${username} with id ${id}.`,
    emailTaken: (email: string) => `${email} is registered already`,
    usernameTaken: (username: string) => `The user name ${username} is taken`,
  },
  keys: {
    help: 'manage the keys that sign access tokens',
    list: 'list all keys and their state',
    rotate: 'create a new signing key; running servers use it within a second',
    now: 'after a leak: invalidate at once all tokens that older keys have signed',
    created: (date: string) => `created ${date}`,
    signs: 'signs',
    verifies: (date: string) => `verifies until ${date}`,
    expired: 'expired',
    rotated: (kid: string) => `${kid} signs all new tokens.`,
    olderVerify: (minutes: number) => `Older keys verify for another ${minutes} minutes.`,
    olderInvalid: 'Tokens signed by older keys are no longer valid.',
  },
  seed: {
    help: 'add demonstration accounts and posts, the same ones each time',
    details:
      'The first 300 posts are articles with pictures and comments; the rest are short, for measurements.\n' +
      'Other writes wait while it runs.',
    posts: 'number of posts',
    seed: 'seed of the random generator; a different number makes different data',
    until: 'date of the newest post, as 2026-01-31; default: today',
    password: 'ask for one password for all created accounts; without it they cannot sign in',
    noCovers: 'skip the pictures, which take most of the time',
    force: 'add to existing posts',
    steps: { posts: 'posts', 'indexes and triggers': 'indexes and triggers', covers: 'covers' },
    progress: (done: string, total: string, step: string) => `${done} of ${total} ${step}`,
    created: (people: number, posts: number, published: number, covers: number, seconds: string) =>
      `Created ${people} accounts, ${posts} posts (${published} published) and ${covers} pictures in ${seconds} s.`,
    emptyOnly: (posts: number, people: number) =>
      `PostgreSQL gets demonstration data only while it is empty; there are ${posts} posts and ${people} accounts already`,
    cannotSignIn: 'These accounts cannot sign in; use --password to give them one.',
    notEmpty: (posts: number, people: number) =>
      `There are ${posts} posts and ${people} accounts already. Add to them with --force, or use another DATA_DIR.`,
  },
  reload: {
    notRunning: 'Allium does not run under pm2; start it with `npm run pm2:start`',
    begins: 'The new build starts and responds; reloading.',
    done: (workers: number) => `${workers} of ${workers} workers run the new build.`,
    failed: (workers: string, bad: number, answered: number, probes: number) =>
      `The reload did not succeed: of the workers (${workers}) ${bad} are not online and new, and ` +
      `${answered} of ${probes} probes were answered; see \`npm run pm2:logs\``,
    pm2Failed: (command: string, code: number | null) => `pm2 ${command} ended with ${code}; see \`npm run pm2:logs\``,
    broken: (reason: string) => `The new build does not work: ${reason}`,
    silent: 'it ended without a message',
    late: (seconds: number) => `it does not listen within ${seconds} seconds`,
    noScript: 'its first page contains no script',
    badStatus: (path: string, status: number) => `${path} answers ${status}`,
  },
};

export type CliText = typeof cliEn;
