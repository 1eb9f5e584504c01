import { Pool } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { stageSignInRows } from '../support/sign-in-rows.js';
import { stageDir, stageServer } from '../support/stage.js';

/** As many as fit in two minutes; all of these with ACKNOWLEDGED_WRITES=100000. */
const WRITES = Number(process.env['ACKNOWLEDGED_WRITES'] ?? Infinity);
const WITHIN_MS = WRITES === Infinity ? 2 * 60_000 : Infinity;
/** An overloaded server refuses without acknowledging; the same request is then repeated. */
const MAX_TRIES = 100;
/** Fewer writes would not be significant. */
const MIN_WRITES = Math.min(WRITES, 1_000);
/** Writers at a time, with accounts and posts of their own. All of them change the version of all posts. */
const LANES = 12;
/** The limit of the list that is read back, so that it contains every row. */
const MAX_CATEGORIES = 300;

/** The fields of responses that the test reads. */
interface Body {
  id?: number;
  token?: string;
  post?: Post;
  posts?: Post[];
  user?: { name: string; role: string };
  categories?: { slug: string }[];
}
interface Post {
  id: number;
  title: string;
  category: string;
  author: { name: string };
  likeCount: number;
  likedByMe: boolean;
  commentCount: number;
}
interface Answer {
  status: number;
  body: Body;
}

/** What a read of `path` must show once the write is acknowledged. */
interface Check {
  path: string;
  token: string;
  isFresh: (answer: Answer) => boolean;
}
type Send = (
  server: number,
  method: string,
  path: string,
  token: string,
  body?: object,
  tries?: number,
) => Promise<Answer>;
type Write = (method: string, path: string, token: string, body?: object) => Promise<Body>;
type Kinds = Record<string, (write: Write) => Promise<Check>>;

it('two servers show each write as soon as it has been acknowledged', { timeout: 3_600_000 }, async () => {
  const { send, lanes } = await stageLanes();
  const stale: string[] = [];
  const counts: Record<string, number> = {};
  const began = performance.now();
  let done = 0;
  const isEnough = () => done >= WRITES || performance.now() - began > WITHIN_MS;

  const write = async (kinds: Kinds, lane: number) => {
    for (let round = lane; !isEnough(); round += 1) {
      const server = round % 2;
      for (const [kind, make] of Object.entries(kinds)) {
        const { path, token, isFresh } = await make((...request) => acknowledged(send(server, ...request)));
        const answers = await Promise.all([1 - server, server].map((reader) => send(reader, 'GET', path, token)));
        if (!answers.every(isFresh)) stale.push(`${kind} ${path}: ${JSON.stringify(answers)}`);
        counts[kind] = (counts[kind] ?? 0) + 1;
        done += 1;
      }
    }
  };
  /** Concurrent reads fill the caches that a lost invalidation would leave stale. */
  const read = async (server: number) => {
    for (let turn = 0; !isEnough(); turn += 1) {
      const watched = lanes[turn % LANES]?.watched ?? [];
      await Promise.all(watched.map(({ path, token }) => send(server, 'GET', path, token)));
    }
  };
  await Promise.all([...lanes.map(({ kinds }, lane) => write(kinds, lane)), read(0), read(1)]);

  const seconds = Math.round((performance.now() - began) / 1_000);
  process.stderr.write(`${stale.length} of ${done} reads stale, in ${seconds} s: ${JSON.stringify(counts)}\n`);
  expect(stale).toEqual([]);
  expect(done).toBeGreaterThanOrEqual(MIN_WRITES);
});

async function stageLanes(): Promise<{ send: Send; lanes: Lane[] }> {
  const dataDir = stageDir();
  const env = { DATA_DIR: dataDir, RATE_LIMIT_PER_MINUTE: '100000000', WRITE_LIMIT_PER_MINUTE: '100000000' };
  const servers = [await stageServer(env), await stageServer(env)];
  const send = sender(servers.map(({ url }) => url));
  const rows = stageSignInRows(dataDir);
  const admin = await rows.signIn(await rows.account('admin', 'admin'));
  const lanes = Array.from({ length: LANES }, (_, lane) => createLane({ lane, send, rows, admin }));
  return { send, lanes: await Promise.all(lanes) };
}

interface LaneOptions {
  lane: number;
  send: Send;
  rows: ReturnType<typeof stageSignInRows>;
  /** Token of an administrator. */
  admin: string;
}

interface Lane {
  /** The kinds of writes, each on the accounts and the post of this lane. */
  kinds: Kinds;
  watched: Pick<Check, 'path' | 'token'>[];
}

async function createLane({ lane, send, rows, admin }: LaneOptions): Promise<Lane> {
  const [authorId, subjectId] = [await rows.account(`author${lane}`), await rows.account(`subject${lane}`)];
  const author = await rows.signIn(authorId);
  const fields = { title: 'A post', content: 'Some text', category: 'tech', status: 'published' };
  const publish = async (token: string) =>
    `/api/posts/${(await send(0, 'POST', '/api/posts', token, fields)).body.post?.id}`;
  const postPath = await publish(author);
  await publish(await rows.signIn(subjectId));
  const listPath = `/api/posts?author=${authorId}&limit=1`;
  let count = 0;
  let comments = 0;
  let categories = 0;
  let liked = false;
  let follows = false;
  let role = 'user';

  const next = (what: string) => `${what} ${lane}x${(count += 1)}`;
  const shows = (path: string, isFresh: (body: Body) => boolean, token = author): Check => {
    return { path, token, isFresh: ({ status, body }) => status === 200 && isFresh(body) };
  };
  const shownPost = (isFresh: (post: Post) => boolean) =>
    shows(postPath, ({ post }) => post !== undefined && isFresh(post));
  const signedOut = (token: string): Check => ({
    path: '/api/auth/me',
    token,
    isFresh: ({ status }) => status === 401,
  });
  /** Both servers have cached afterwards what they read there. */
  const cached = async (path: string, token: string) => {
    for (const server of [0, 1]) await acknowledged(send(server, 'GET', path, token));
    return token;
  };
  const newSignIn = async (id: number) => cached('/api/auth/me', await rows.signIn(id));

  const kinds: Kinds = {
    async profile(write) {
      const name = next('Name');
      await write('PATCH', `/api/users/${authorId}`, author, { name });
      return shows(`/api/users/${authorId}`, ({ user }) => user?.name === name);
    },
    async authorOfPost(write) {
      const name = next('Name');
      await write('PATCH', `/api/users/${authorId}`, author, { name });
      return shownPost((post) => post.author.name === name);
    },
    async edit(write) {
      const title = next('Title');
      await write('PATCH', postPath, author, { title });
      return shownPost((post) => post.title === title);
    },
    async editInList(write) {
      const title = next('Title');
      await write('PATCH', postPath, author, { title });
      return shows(listPath, ({ posts }) => posts?.[0]?.title === title);
    },
    async like(write) {
      liked = !liked;
      await write(liked ? 'POST' : 'DELETE', `${postPath}/like`, author);
      return shownPost(({ likeCount, likedByMe }) => likeCount === Number(liked) && likedByMe === liked);
    },
    async comment(write) {
      comments += 1;
      await write('POST', `${postPath}/comments`, author, { content: 'Indeed' });
      return shownPost(({ commentCount }) => commentCount === comments);
    },
    async follow(write) {
      follows = !follows;
      await write(follows ? 'POST' : 'DELETE', `/api/users/${subjectId}/follow`, author);
      return shows('/api/posts/feed?limit=1', ({ posts }) => posts?.length === Number(follows));
    },
    async category(write) {
      if (categories < MAX_CATEGORIES / LANES) {
        const slug = `shelf-${lane}-${(categories += 1)}`;
        await write('POST', '/api/categories', admin, { slug, names: { en: slug, 'zh-CN': `书架 ${slug}` } });
        return shows('/api/categories', (body) => body.categories?.some((one) => one.slug === slug) === true);
      }
      const category = `shelf-${lane}-${1 + (count % categories)}`;
      await write('PATCH', postPath, author, { category });
      return shownPost((post) => post.category === category);
    },
    async role(write) {
      role = role === 'admin' ? 'user' : 'admin';
      const token = await newSignIn(subjectId);
      await write('PATCH', `/api/users/${subjectId}`, admin, { role });
      return shows('/api/auth/me', ({ user }) => user?.role === role, token);
    },
    async deactivation(write) {
      const token = await newSignIn(subjectId);
      await write('PATCH', `/api/users/${subjectId}`, admin, { isActive: false });
      await write('PATCH', `/api/users/${subjectId}`, admin, { isActive: true });
      return signedOut(token);
    },
    async signOut(write) {
      const token = await newSignIn(authorId);
      await write('POST', '/api/auth/logout', token);
      return signedOut(token);
    },
    async tokenRevoke(write) {
      const wanted = { name: 'A script', scopes: ['read'], expiresInDays: 1 };
      const { id, token = '' } = await write('POST', '/api/auth/tokens', author, wanted);
      await cached('/api/auth/me', token);
      await write('DELETE', `/api/auth/tokens/${id}`, author);
      return signedOut(token);
    },
    async accountDeletion(write) {
      const id = await rows.account(`leaving${lane}x${(count += 1)}`);
      const token = await newSignIn(id);
      await write('DELETE', `/api/users/${id}`, admin);
      return signedOut(token);
    },
    async postDeletion(write) {
      const path = await publish(author);
      await cached(path, author);
      await write('DELETE', path, author);
      return { path, token: author, isFresh: ({ status }) => status === 404 };
    },
  };
  const watched = [postPath, `/api/users/${authorId}`, listPath].map((path) => ({ path, token: author }));
  return { kinds, watched };
}

function sender(urls: readonly string[]): Send {
  const pools = urls.map((url) => new Pool(url, { connections: LANES * 2 }));
  onTestFinished(async () => void (await Promise.all(pools.map((pool) => pool.close()))));
  return async function send(server, method, path, token, body, tries = 1) {
    const response = await (pools[server] ?? fail('no such server')).request({
      method,
      path,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await response.body.text();
    if (response.statusCode === 503 && tries < MAX_TRIES) return send(server, method, path, token, body, tries + 1);
    return { status: response.statusCode, body: text === '' ? {} : (JSON.parse(text) as Body) };
  };
}

async function acknowledged(answer: Promise<Answer>): Promise<Body> {
  const { status, body } = await answer;
  return status < 300 ? body : fail(`${status} ${JSON.stringify(body)}`);
}

function fail(reason: string): never {
  throw new Error(reason);
}
