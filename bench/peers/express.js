/** Express 5, express-session in Redis, Sequelize 6. */
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { pinoHttp } from 'pino-http';
import { presentUser } from '../../dist/routes/users/users.schema.js';
import * as posts from './express-posts.js';
import {
  announce,
  connectRedis,
  createPasswordHasher,
  createViews,
  log,
  SESSION_MS,
  SESSION_SECRET,
} from './shared.js';

const app = express();
const passwords = createPasswordHasher();
const noteView = createViews(posts.countViews);

app.disable('x-powered-by');
app.use(pinoHttp({ logger: log }));
app.use(
  session({
    secret: SESSION_SECRET,
    name: 'sid',
    store: new RedisStore({ client: await connectRedis(), prefix: 'peer:', disableTouch: true }),
    resave: false,
    saveUninitialized: false,
    cookie: { secure: false, httpOnly: true, sameSite: 'strict', path: '/', maxAge: SESSION_MS },
  }),
);
app.use(express.json());

app.post('/api/auth/login', async ({ body, session }, response) => {
  const user = await posts.User.findOne({ where: { emailKey: body.email.toLowerCase() } });
  if (!(await passwords.matches(body.password, user?.passwordHash))) return refuse(response, 401);
  await user.update({ lastLogin: new Date() });
  await new Promise((resolve, reject) => session.regenerate((error) => (error ? reject(error) : resolve())));
  response.req.session.userId = user.id;
  response.json({ message: 'Signed in' });
});

app.get('/api/auth/me', signedIn, async ({ session }, response) => {
  response.json({ user: presentUser(await posts.User.findByPk(session.userId)) });
});

app.get('/api/posts', async ({ query, session }, response) => {
  const { page = 1, limit = 10, sort = '-publishedAt', category, search } = query;
  const paging = { page: Number(page), limit: Number(limit) };
  if (!Number.isInteger(paging.page) || !Number.isInteger(paging.limit)) return refuse(response, 400);
  response.json(await posts.page(session.userId ?? 0, { ...paging, sort, category, search }));
});

app.get('/api/posts/:id', async ({ params, session, ip, headers }, response) => {
  const viewer = session.userId ?? 0;
  const post = await posts.find(viewer, Number(params.id));
  if (!post) return refuse(response, 404);
  noteView(post.id, viewer || `${ip} ${headers['user-agent']}`);
  response.json({ post });
});

app.post('/api/posts', signedIn, async ({ body, session }, response) => {
  const post = await posts.create(session.userId, body);
  response.status(201).location(`/api/posts/${post.id}`).json({ message: 'Post created', post });
});

for (const liked of [true, false]) {
  app[liked ? 'post' : 'delete']('/api/posts/:id/like', signedIn, async ({ params, session }, response) => {
    const likeCount = await posts.like(session.userId, Number(params.id), liked);
    if (likeCount === undefined) return refuse(response, 404);
    response.json({ message: liked ? 'Liked' : 'Like taken back', likeCount, liked });
  });
}

function signedIn({ session }, response, next) {
  if (session.userId === undefined) refuse(response, 401);
  else next();
}

function refuse(response, status) {
  response.status(status).json({ error: 'No' });
}

const server = app.listen(0, '127.0.0.1', () => announce(server.address().port));
