import { existsSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Logger } from '../middlewares/state.js';
import {
  parseUpstreams,
  UpstreamsFileError,
  type Gateway,
  type UpstreamDefinitions,
} from '../services/upstreams/index.js';
import type { Config } from './config.js';
import { reasonOf } from './generated-once.js';
import { StartError } from './start-error.js';

/** Editors write in several steps or replace the file: it is read once it has not changed for this long. */
const QUIET_MS = 100;
/** In a mounted volume this link changes instead of the file (Kubernetes' ConfigMaps). */
const VOLUME_LINK = '..data';

export interface DeclaredUpstreams {
  /** Reads the file again if it has changed. An invalid one is logged and changes nothing. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Declares the upstreams of the file, and again whenever the file changes.
 *
 * @throws StartError naming every mistake.
 */
export async function declareUpstreams(
  { file, named }: Config['upstreams'],
  gateway: Pick<Gateway, 'declare' | 'all' | 'close'>,
  log: Logger,
): Promise<DeclaredUpstreams> {
  let text = await textOf(file, named);
  await gateway.declare(definitionsOf(file, text));
  let reloading = Promise.resolve();
  const reload = () => (reloading = reloading.then(reloadNow));
  const stopWatching = watchFile(file, () => void reload(), log);

  return {
    reload,
    async close() {
      stopWatching();
      await reloading;
      await gateway.close();
    },
  };

  async function reloadNow(): Promise<void> {
    try {
      const next = await textOf(file, named);
      if (next === text) return;
      await gateway.declare(definitionsOf(file, next));
      text = next;
      log.info({ upstreams: gateway.all().map(({ name }) => name) }, 'upstreams reloaded');
    } catch (error) {
      log.error(
        error instanceof StartError ? {} : { err: error },
        `${(error as Error).message}\nThe upstreams stay as they are.`,
      );
    }
  }
}

/** Returns undefined if there is no file and none was named. */
async function textOf(file: string, named: boolean): Promise<string | undefined> {
  if (!named && !existsSync(file)) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new StartError((text) => text.start.notRead(`UPSTREAMS_FILE ${file}`, reasonOf(cause, text)), { cause });
  }
}

function definitionsOf(file: string, text: string | undefined): UpstreamDefinitions {
  try {
    return text === undefined ? new Map() : parseUpstreams(text);
  } catch (error) {
    if (!(error instanceof UpstreamsFileError)) throw error;
    const lines = error.mistakes.map((mistake) => `  ${mistake}`);
    throw new StartError(({ start }) => start.badUpstreams(file, lines.join('\n')));
  }
}

/** Watches the folder: a watch on the file ends when it is replaced, and cannot start before the file exists. */
function watchFile(file: string, changed: () => void, log: Logger): () => void {
  let timer: NodeJS.Timeout | undefined;
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
      if (name !== null && name !== basename(file) && name !== VOLUME_LINK) return;
      clearTimeout(timer);
      timer = setTimeout(changed, QUIET_MS);
    });
    watcher.on('error', (err) => log.warn({ err }, 'the file of upstreams is no longer watched; send SIGHUP instead'));
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  } catch (err) {
    log.warn({ err }, 'the file of upstreams cannot be watched; send SIGHUP instead');
    return () => {};
  }
}
