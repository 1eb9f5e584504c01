import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type Koa from 'koa';
import { migrate } from '../models/migrate.js';
import { ping } from '../models/sqlite.js';
import { openDatabase, type Database } from '../models/index.js';
import { createServices, type Services } from '../services/index.js';
import type { AppContext, AppState, Logger } from '../middlewares/state.js';
import { StartError, type Config } from './config.js';
import { createApp } from './create-app.js';
import { openDataDir } from './data-dir.js';
import { createLifecycle, type Lifecycle } from './lifecycle.js';
import { connectRedis } from './redis.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Longest time from the order to stop to the end of the process, besides draining. pm2's kill_timeout is longer. */
const STOP_GRACE_MS = 10 * SECOND_MS;

const SWEEP_MS = 50;
/** How long a connection without a request may still bring one after the port was closed. */
const SILENCE_MS = 1_000;

export interface RunningServer {
  /** Where it listens, as http://127.0.0.1:3000 */
  url: string;
  services: Services;
  database: Database;
  /** Stops taking requests, answers those under way and closes everything. False when that was not clean. */
  stop(): Promise<boolean>;
}

/**
 * Opens everything the product needs, innermost first, and listens.
 *
 * @throws StartError with a sentence for whoever started it; what had been opened is closed again.
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const lifecycle = createLifecycle({ graceMs: config.http.drainMs + STOP_GRACE_MS, log });
  try {
    return await open(config, log, lifecycle);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function open(config: Config, log: Logger, lifecycle: Lifecycle): Promise<RunningServer> {
  const dataDir = openDataDir(config.dataDir);
  const sessionKeys = config.session.keys ?? [dataDir.sessionKey()];
  const [newestKey, ...olderKeys] = sessionKeys;
  if (newestKey === undefined) throw new StartError('SESSION_KEYS holds no key');

  const redis = config.redisUrl === undefined ? undefined : await connectRedis(config.redisUrl, log);
  if (redis) lifecycle.opened('redis', () => redis.quit());

  const database = await openMigrated(config.database.file, log);
  lifecycle.opened('database', () => database.close());

  const services = createServices({
    models: database.models,
    redis,
    tokenKey: dataDir.tokenKey(),
    setupSecret: newestKey,
    uploads: { dir: dataDir.uploads(), quotaBytes: config.uploadQuotaBytes },
  });
  if (config.firstWorker) {
    lifecycle.opened('sweeper', startSweeping(services, log));
    lifecycle.opened('media sweeper', startSweepingMedia(services, log));
  }

  lifecycle.opened('views', startWritingViews(services, log));

  const ready = async () => {
    await ping(database.sequelize);
    return !lifecycle.stopping;
  };
  const app = createApp({ config, services, sessionKeys: [newestKey, ...olderKeys], ready, log });
  const server = serve(app, lifecycle);
  await listen(server, config.http);
  const silent = silentConnections(server);
  lifecycle.opened('http', () => drain(server, silent, config.http.drainMs));

  const url = addressOf(server, config.http.host);
  log.info({ url }, `listening at ${config.http.publicUrl ?? url}`);
  if (config.firstWorker && (await services.setup.needed())) {
    const link = `${config.http.publicUrl ?? url}/setup?token=${services.setup.token}`;
    log.warn(`There is no administrator yet. Create one at ${link}`);
  }
  return { url, services, database, stop: () => lifecycle.stop() };
}

/** @throws StartError when the file is not a database, cannot be read or has no room to grow. */
export async function openMigrated(file: string, log: Logger): Promise<Database> {
  let database: Database | undefined;
  try {
    database = openDatabase(file);
    const done = await migrate(database);
    if (done.length > 0) log.info({ migrations: done }, 'migrated the database');
    return database;
  } catch (cause) {
    await database?.close().catch(() => {});
    const { code = '' } = ((cause as { original?: object }).original ?? cause) as { code?: string };
    const reasons: Record<string, string> = {
      SQLITE_NOTADB: 'it is not an SQLite database; move it away or restore a backup',
      SQLITE_CORRUPT: 'it is damaged; restore a backup',
      SQLITE_CANTOPEN: 'it cannot be opened; check the path and its permissions',
      SQLITE_READONLY: 'it is read-only; make it writable for this user',
      SQLITE_FULL: 'the disk is full; free some space',
      SQLITE_IOERR: 'reading or writing it failed; check the disk',
      SQLITE_BUSY: 'another process keeps it locked; end that one first',
      ENOENT: 'there is no such folder; make it or correct DATABASE_URL',
      ENOTDIR: 'part of the path is not a folder; correct DATABASE_URL',
      EACCES: 'it cannot be opened; check the path and its permissions',
      EROFS: 'its file system is read-only; choose another folder',
      ENOSPC: 'the disk is full; free some space',
    };
    const reason = reasons[code];
    if (!reason) throw cause;
    throw new StartError(`The database ${file} cannot be used: ${reason}`, { cause });
  }
}

function startSweeping({ sessions }: Services, log: Logger): () => Promise<void> {
  const timer = setInterval(() => {
    sessions.sweep().catch((err: unknown) => log.warn({ err }, 'expired sessions were not removed'));
  }, 10 * MINUTE_MS);
  timer.unref();
  return () => Promise.resolve(clearInterval(timer));
}

/** Views are written together, this often, and before the database closes: until then they are in memory alone. */
function startWritingViews({ postViews }: Services, log: Logger): () => Promise<void> {
  const timer = setInterval(() => {
    postViews.flush().catch((err: unknown) => log.warn({ err }, 'views were not written'));
  }, SECOND_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return postViews.flush();
  };
}

/** A sweep under way ends before the database closes. */
function startSweepingMedia({ mediaSweeper }: Services, log: Logger): () => Promise<void> {
  let sweeping = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = mediaSweeper.sweep().then(
      (removed) => log.debug(removed, 'swept uploads'),
      (err: unknown) => log.warn({ err }, 'what uploads have left was not removed'),
    );
  }, 60 * MINUTE_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return sweeping;
  };
}

/** Times out clients that send slowly, and answers what is not even HTTP in the form of every other error. */
function serve(app: Koa<AppState, AppContext>, lifecycle: Lifecycle): Server {
  const handle = app.callback();
  const server = createServer(
    {
      headersTimeout: 15 * SECOND_MS,
      requestTimeout: MINUTE_MS,
      keepAliveTimeout: 75 * SECOND_MS, // longer than proxies keep theirs, so that they never write into a closing one
      connectionsCheckingInterval: 5 * SECOND_MS,
    },
    (req, res) => {
      // Before the port closes every client is told to come back on a new connection.
      if (lifecycle.stopping) res.setHeader('Connection', 'close');
      void handle(req, res);
    },
  );
  server.on('clientError', refuseMalformed);
  return server;
}

const REFUSALS: Record<string, [status: string, code: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'too_large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'malformed_body'],
};

function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, code] = REFUSALS[error.code ?? ''] ?? ['400 Bad Request', 'malformed_body'];
  const body = JSON.stringify({ error: status.slice(4), code, requestId: null });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** @throws StartError */
async function listen(server: Server, { host, port }: Config['http']): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new StartError(`Port ${port} on ${host} is taken; stop the other process or set PORT`, { cause });
    }
    throw new StartError(`${host}:${port} cannot be listened on (${code}); set HOST or PORT`, { cause });
  }
}

/** Connections on which no request has come yet, which browsers open ahead: for Node they are not idle. */
function silentConnections(server: Server): Set<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  return silent;
}

/**
 * Goes on accepting for a while with `Connection: close`, so that whoever hands us requests (pm2, a load balancer)
 * turns elsewhere first; then closes the port and waits for the requests under way.
 */
async function drain(server: Server, silent: Set<Socket>, drainMs: number): Promise<void> {
  await wait(drainMs);
  const closed = once(server, 'close');
  server.close();
  // Again and again: a connection whose request is under way is kept alive afterwards, and Node would wait for it.
  const sweeping = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const losingPatience = setTimeout(() => {
    for (const socket of silent) socket.destroy();
  }, SILENCE_MS);
  await closed;
  clearInterval(sweeping);
  clearTimeout(losingPatience);
}

function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
