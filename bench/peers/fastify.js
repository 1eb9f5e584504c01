/** Fastify 5, sessions in Redis, posts and people in SQLite or PostgreSQL. */
import cookie from '@fastify/cookie';
import session from '@fastify/session';
import { RedisStore } from 'connect-redis';
import Fastify from 'fastify';
import * as schemas from './fastify-schemas.js';
import {
  announce,
  connectRedis,
  createPasswordHasher,
  createViews,
  log,
  SESSION_MS,
  SESSION_SECRET,
} from './shared.js';

const posts = await import(process.env.DATABASE_URL ? './fastify-postgres.js' : './fastify-sqlite.js');
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
  const user = await posts.findPassword(email.toLowerCase());
  if (!(await passwords.matches(password, user?.passwordHash))) return reply.code(401).send(problem());
  await posts.signedIn(user.id);
  await request.session.regenerate();
  request.session.userId = user.id;
  return { message: 'Signed in' };
});

app.get('/api/auth/me', { schema: schemas.me, preHandler: signedIn }, (request) => posts.me(request.session.userId));

app.get('/api/posts', { schema: schemas.list }, (request) => posts.page(request.session.userId ?? 0, request.query));

app.get('/api/posts/:id', { schema: schemas.show }, async (request, reply) => {
  const viewer = request.session.userId ?? 0;
  const post = await posts.find(viewer, request.params.id);
  if (!post) return reply.code(404).send(problem());
  noteView(post.id, viewer || `${request.ip} ${request.headers['user-agent']}`);
  return { post };
});

app.post('/api/posts', { schema: schemas.create, preHandler: signedIn }, async (request, reply) => {
  const post = await posts.create(request.session.userId, request.body);
  reply.code(201).header('Location', `/api/posts/${post.id}`);
  return { message: 'Post created', post };
});

for (const liked of [true, false]) {
  app.route({
    method: liked ? 'POST' : 'DELETE',
    url: '/api/posts/:id/like',
    schema: schemas.like,
    preHandler: signedIn,
    async handler(request, reply) {
      const likeCount = await posts.like(request.session.userId, request.params.id, liked);
      if (likeCount === undefined) return reply.code(404).send(problem());
      return { message: liked ? 'Liked' : 'Like taken back', likeCount, liked };
    },
  });
}

async function signedIn(request, reply) {
  if (request.session.userId === undefined) return reply.code(401).send(problem());
}

function problem() {
  return { error: 'No' };
}

await app.listen({ host: '127.0.0.1', port: 0 });
announce(app.server.address().port);
