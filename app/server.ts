import type { Logger } from '../middlewares/state.js';
import type { Database } from '../models/index.js';
import type { Leases } from '../models/leases.js';
import { ping } from '../models/sqlite.js';
import { createServices, type Services } from '../services/index.js';
import { registerWithConsul } from '../services/upstreams/discovery/consul-registration.js';
import { sweep, writeNotes } from './background.js';
import { StartError, type Config } from './config.js';
import { createApp } from './create-app.js';
import { openDataDir } from './data-dir.js';
import { createDiskSpace } from './disk-space.js';
import { openControlSocket } from './doctor/control-socket.js';
import { createDoctor, refuseUnsafeStart } from './doctor/doctor.js';
import { prove as proveOnion, type Proof } from './doctor/proof.js';
import { listen } from './http-server.js';
import { holdLease } from './lease.js';
import { createLifecycle, type Lifecycle } from './lifecycle.js';
import { openMigrated } from './open-database.js';
import { connectRedis } from './redis.js';
import { declareUpstreams } from './upstreams.js';

const SECOND_MS = 1_000;
/** Longest time from the order to stop to the end of the process, besides draining. pm2's kill_timeout is longer. */
const STOP_GRACE_MS = 10 * SECOND_MS;

export interface RunningServer {
  /** Where it listens, as http://127.0.0.1:3000 */
  url: string;
  services: Services;
  database: Database;
  /** Stops taking requests, answers those under way and closes everything. False when that was not clean. */
  stop(): Promise<boolean>;
  /** Asks this server whether it does what the doctor's rules say. */
  prove(): Promise<Proof>;
  /** Reads again what may change while it runs: which upstreams there are. */
  reload(): Promise<void>;
}

/**
 * Opens everything the product needs, innermost first, and listens.
 *
 * @param stopping ends the start between two of its steps or while it waits, which then throws the signal's reason.
 * @throws StartError with a sentence for whoever started it; what had been opened is closed again.
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
  const disk = createDiskSpace(config.database.file);
  disk.makeRoom();
  const dataDir = openDataDir(config.dataDir);
  const sessionKeys = config.session.keys ?? [dataDir.sessionKey()];
  const [newestKey, ...olderKeys] = sessionKeys;
  if (newestKey === undefined) throw new StartError('SESSION_KEYS contains no key');

  if (config.env === 'production') refuseUnsafeStart(config, sessionKeys, log);

  const redis = config.redisUrl === undefined ? undefined : await connectRedis(config.redisUrl, log, stopping);
  if (redis) lifecycle.opened('redis', () => redis.quit());

  stopping?.throwIfAborted();
  const database = await openMigrated(config.database.file, log, stopping);
  lifecycle.opened('database', () => database.close());
  lifecycle.opened('disk space', await disk.watch(log));
  stopping?.throwIfAborted();

  const prove = () => proveOnion({ config, upstreams: services.upstreams, accept: listener.accept });
  const examine = createDoctor({ config, sessionKeys, prove });
  const services = createServices({
    models: { ...database.models, write: disk.guard(database.models.write) },
    redis,
    tokenKeys: dataDir.tokenKeys(),
    publicUrl: config.http.publicUrl,
    sessionIdleMs: config.session.idleMs,
    setupSecret: newestKey,
    deviceSecrets: [newestKey, ...olderKeys],
    limits: config.limits,
    uploads: { dir: dataDir.uploads(), quotaBytes: config.uploadQuotaBytes },
    log,
    consulToken: config.consul.token,
    examine,
  });
  const declared = await declareUpstreams(config.upstreams, services.upstreams, log);
  lifecycle.opened('upstreams', declared.close);
  stopping?.throwIfAborted();
  const { leases } = database.models;
  const background = holdLease({ leases, name: 'background jobs', log });
  lifecycle.opened('lease of background jobs', background.close);
  sweep(services, background, lifecycle, log);
  writeNotes(services, lifecycle, log);

  const ready = async () => {
    await ping(database.sequelize);
    return !lifecycle.stopping;
  };
  const development =
    config.viteUrl === undefined
      ? undefined
      : (await import('./dev-assets.js')).createDevAssets(config.viteUrl, services.tunnels);
  const app = createApp({
    config,
    services,
    sessionKeys: [newestKey, ...olderKeys],
    ready,
    readOnly: () => disk.full,
    log,
    development,
  });
  const listener = await listen(app, config.http, services.tunnels.close);
  const { url } = listener;
  lifecycle.opened('http', () => listener.drain(config.http.drainMs));
  lifecycle.opened('control socket', await openControlSocket(config.dataDir, examine, log));

  const registration = registered(config, url, leases, log);
  if (registration) lifecycle.opened('registration with Consul', registration.close); // ends before draining begins

  log.info({ url }, `listening at ${config.http.publicUrl ?? url}`);
  if (config.firstWorker && (await services.setup.needed())) {
    const link = `${config.http.publicUrl ?? url}/setup?token=${services.setup.token}`;
    log.warn(`There is no administrator yet. Create one at ${link}`);
  }
  return { url, services, database, stop: () => lifecycle.stop(), prove, reload: declared.reload };
}

/** Workers of one machine share their address, so that one of them registers it. */
function registered({ consul }: Config, listeningAt: string, leases: Leases, log: Logger) {
  const { url: address, token, service, advertiseUrl: url = listeningAt } = consul;
  if (address === undefined) return undefined;
  const begin = () => registerWithConsul({ address, token, service, url, log });
  return holdLease({ leases, name: `registration of ${url}`, log, begin });
}
