import { setTimeout as wait } from 'node:timers/promises';
import { createMetrics, requestTotals } from '../middlewares/metrics.js';
import type { Logger } from '../middlewares/state.js';
import type { Database } from '../models/index.js';
import type { Leases } from '../models/leases/leases.js';
import { withDatabaseErrors } from '../services/database-errors.js';
import { createServices, type Services } from '../services/index.js';
import { registerWithConsul } from '../services/upstreams/index.js';
import { startDailyMetrics, startSweepers, startWriteBehind } from './background.js';
import type { Config } from './config.js';
import { createApp } from './create-app.js';
import { openDataDir } from './data-dir.js';
import { createDiskSpace } from './disk-space.js';
import { openControlSocket } from './doctor/control-socket.js';
import { createDoctor, refuseUnsafeStart } from './doctor/doctor.js';
import { runSelfTest, type SelfTestResult } from './doctor/self-test.js';
import { monitorEventLoop } from './event-loop-monitor.js';
import { listen } from './http-server.js';
import { holdLease } from './lease.js';
import { createLifecycle, type Lifecycle } from './lifecycle.js';
import { openMigrated } from './open-database.js';
import { connectRedis } from './redis.js';
import { declareUpstreams } from './upstreams.js';
import { databaseFile } from './database-url.js';

const SECOND_MS = 1_000;
/** Longer than this a balancer should not wait for /readyz. */
const READY_WITHIN_MS = 2 * SECOND_MS;
/** Longest time from the order to stop to the end of the process, besides draining. pm2's kill_timeout is longer. */
const STOP_GRACE_MS = 10 * SECOND_MS;

export interface RunningServer {
  /** Where it listens, as http://127.0.0.1:3000 */
  url: string;
  services: Services;
  database: Database;
  /** Stops taking requests, answers those in flight and closes everything. False when that was not clean. */
  stop(): Promise<boolean>;
  /** Sends this server the requests that the doctor's rules are about. */
  selfTest(): Promise<SelfTestResult>;
  /** Reads again what may change while it runs: which upstreams there are. */
  reload(): Promise<void>;
}

/**
 * Opens everything the product needs, innermost first, and listens.
 *
 * @param stopping ends the start between two of its steps or while it waits, which then throws the signal's reason.
 * @throws StartError; what had been opened is closed again.
 */
export async function startServer(config: Config, log: Logger, stopping?: AbortSignal): Promise<RunningServer> {
  const lifecycle = createLifecycle({ graceMs: config.http.drainMs + STOP_GRACE_MS, log });
  try {
    return await open(config, log, lifecycle, stopping);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function open(
  config: Config,
  log: Logger,
  lifecycle: Lifecycle,
  stopping: AbortSignal | undefined,
): Promise<RunningServer> {
  stopping?.throwIfAborted();
  const file = databaseFile(config.database);
  const disk = file === undefined ? undefined : createDiskSpace(file);
  disk?.makeRoom();
  const dataDir = openDataDir(config.dataDir);
  const sessionKeys = config.session.keys ?? ([dataDir.sessionKey()] as const);

  if (config.env === 'production') refuseUnsafeStart(config, sessionKeys, log);

  const redis = config.redisUrl === undefined ? undefined : await connectRedis(config.redisUrl, log, stopping);
  if (redis) lifecycle.opened('redis', () => redis.quit());

  stopping?.throwIfAborted();
  const database = await openMigrated(config.database, log, {
    stopping,
    wrap: (engine) => withDatabaseErrors(disk ? { ...engine, write: disk.guard(engine.write) } : engine),
  });
  lifecycle.opened('database', () => database.close());
  if (disk) lifecycle.opened('disk space', await disk.watch(log));
  stopping?.throwIfAborted();

  const selfTest = () => runSelfTest({ config, gateway: services.gateway, accept: listener.accept });
  const runChecks = createDoctor({ config, sessionKeys, selfTest });
  const services = createServices({
    models: database.models,
    redis,
    tokenKeys: dataDir.tokenKeys(),
    publicUrl: config.http.publicUrl,
    sessionIdleMs: config.session.idleMs,
    setupSecret: sessionKeys[0],
    deviceSecrets: sessionKeys,
    limits: config.limits,
    uploads: { dir: dataDir.uploads(), quotaBytes: config.uploadQuotaBytes },
    exportsDir: dataDir.exports(),
    log,
    consulToken: config.consul.token,
    runChecks,
  });
  const declared = await declareUpstreams(config.upstreams, services.gateway, log);
  lifecycle.opened('upstreams', declared.close);
  stopping?.throwIfAborted();
  const { leases } = database.models;
  const background = holdLease({ leases, name: 'background jobs', log });
  lifecycle.opened('lease of background jobs', background.close);
  startSweepers(services, background, { lifecycle, log });
  lifecycle.opened('exports', services.exports.close);
  startWriteBehind(services, { lifecycle, log });
  const figures = createMetrics(services.gateway);
  startDailyMetrics(services, () => requestTotals(figures), { lifecycle, log });
  const eventLoop = monitorEventLoop();
  lifecycle.opened('event loop monitor', eventLoop.close);

  const ready = async () => {
    const late = wait(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error('the database does not answer');
    });
    late.catch(() => {}); // when it did
    await Promise.race([database.engine.ping(), late]);
    return !lifecycle.stopping;
  };
  const development =
    config.viteUrl === undefined
      ? undefined
      : (await import('./dev-assets.js')).createDevAssets(config.viteUrl, services.gateway.tunnels);
  const app = createApp({
    config,
    services,
    sessionKeys,
    ready,
    readOnly: () => disk?.full ?? false,
    isBehind: eventLoop.isBehind,
    log,
    figures,
    development,
  });
  const listener = await listen(app, config.http, services.gateway.tunnels.close);
  const { url } = listener;
  lifecycle.opened('http', () => listener.drain(config.http.drainMs));
  lifecycle.opened('control socket', await openControlSocket(config.dataDir, runChecks, log));

  const registration = registered(config, url, leases, log);
  if (registration) lifecycle.opened('registration with Consul', registration.close); // ends before draining begins

  log.info({ url }, `listening at ${config.http.publicUrl ?? url}`);
  if (config.firstWorker && (await services.setup.needed())) {
    const link = `${config.http.publicUrl ?? url}/setup?token=${services.setup.token}`;
    log.warn(`There is no administrator yet. Create one at ${link}`);
  }
  return { url, services, database, stop: () => lifecycle.stop(), selfTest, reload: declared.reload };
}

/** Workers of one machine share their address, so that one of them registers it. */
function registered({ consul }: Config, listeningAt: string, leases: Leases, log: Logger) {
  const { url: address, token, service, advertiseUrl: url = listeningAt } = consul;
  if (address === undefined) return undefined;
  const begin = () => registerWithConsul({ address, token, service, url, log });
  return holdLease({ leases, name: `registration of ${url}`, log, begin });
}
