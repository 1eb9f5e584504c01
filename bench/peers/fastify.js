/** Fastify 5, sessions in Redis, better-sqlite3. */
import cookie from '@fastify/cookie';
import session from '@fastify/session';
import { RedisStore } from 'connect-redis';
import Fastify from 'fastify';
import * as posts from './fastify-posts.js';
import * as schemas from './fastify-schemas.js';
import {
  announce,
  connectRedis,
  createPasswordHasher,
  createViews,
  log,
  SESSION_MS,
  SESSION_SECRET,
  storedTime,
} from './shared.js';

const USER = `SELECT id, username, email, name, age, avatar, role, is_active AS isActive, first_name AS firstName,
  last_name AS lastName, bio, website, location, last_login AS lastLogin, created_at AS createdAt,
  updated_at AS updatedAt FROM users WHERE id = ?`;

const app = Fastify({ loggerInstance: log });
const passwords = createPasswordHasher();
const noteView = createViews(posts.countViews);

await app.register(cookie);
await app.register(session, {
  secret: SESSION_SECRET,
  cookieName: 'sid',
  store: new RedisStore({ client: await connectRedis(), prefix: 'peer:', disableTouch: true }),
  saveUninitialized: false,
  rolling: false,
  cookie: { secure: false, httpOnly: true, sameSite: 'strict', path: '/', maxAge: SESSION_MS },
});

app.post('/api/auth/login', { schema: schemas.login }, async (request, reply) => {
  const { email, password } = request.body;
  const user = posts
    .sql('SELECT id, password_hash AS passwordHash FROM users WHERE email_key = ?')
    .get(email.toLowerCase());
  if (!(await passwords.matches(password, user?.passwordHash))) return reply.code(401).send(problem());
  posts.sql('UPDATE users SET last_login = ? WHERE id = ?').run(storedTime(), user.id);
  await request.session.regenerate();
  request.session.userId = user.id;
  return { message: 'Signed in' };
});

app.get('/api/auth/me', { schema: schemas.me, preHandler: signedIn }, (request) => {
  return { user: presentUser(posts.sql(USER).get(request.session.userId)) };
});

app.get('/api/posts', { schema: schemas.list }, (request) => posts.page(request.session.userId ?? 0, request.query));

app.get('/api/posts/:id', { schema: schemas.show }, (request, reply) => {
  const viewer = request.session.userId ?? 0;
  const post = posts.find(viewer, request.params.id);
  if (!post) return reply.code(404).send(problem());
  noteView(post.id, viewer || `${request.ip} ${request.headers['user-agent']}`);
  return { post };
});

app.post('/api/posts', { schema: schemas.create, preHandler: signedIn }, (request, reply) => {
  const post = posts.create(request.session.userId, request.body);
  reply.code(201).header('Location', `/api/posts/${post.id}`);
  return { message: 'Post created', post };
});

for (const liked of [true, false]) {
  app.route({
    method: liked ? 'POST' : 'DELETE',
    url: '/api/posts/:id/like',
    schema: schemas.like,
    preHandler: signedIn,
    handler(request, reply) {
      const likeCount = posts.like(request.session.userId, request.params.id, liked);
      if (likeCount === undefined) return reply.code(404).send(problem());
      return { message: liked ? 'Liked' : 'Like taken back', likeCount, liked };
    },
  });
}

async function signedIn(request, reply) {
  if (request.session.userId === undefined) return reply.code(401).send(problem());
}

function presentUser({ firstName, lastName, bio, website, location, ...user }) {
  return {
    ...user,
    isActive: user.isActive === 1,
    profile: { firstName, lastName, bio, website, location },
    fullName: [firstName, lastName].filter(Boolean).join(' ') || (user.name ?? user.username),
    lastLogin: posts.isoTime(user.lastLogin),
    createdAt: posts.isoTime(user.createdAt),
    updatedAt: posts.isoTime(user.updatedAt),
  };
}

function problem() {
  return { error: 'No' };
}

await app.listen({ host: '127.0.0.1', port: 0 });
announce(app.server.address().port);
