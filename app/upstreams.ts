import { existsSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Logger } from '../middlewares/state.js';
import type { Upstreams } from '../services/upstreams/upstreams.js';
import { parseUpstreams, UpstreamsFileError, type UpstreamDefinitions } from '../services/upstreams/upstreams-file.js';
import { StartError, type Config } from './config.js';

/** Writers write in several steps, and some replace the file: what is there after a moment's quiet is meant. */
const QUIET_MS = 100;
/** Where the file is one of a mounted volume, this link changes instead (Kubernetes' ConfigMaps). */
const VOLUME_LINK = '..data';

export interface DeclaredUpstreams {
  /** Reads the file again, if it has changed. A bad one is logged and changes nothing. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Declares the upstreams that the file names, and again whenever the file changes.
 *
 * @throws StartError naming every mistake.
 */
export async function declareUpstreams(
  { file, named }: Config['upstreams'],
  upstreams: Upstreams,
  log: Logger,
): Promise<DeclaredUpstreams> {
  let text = await textOf(file, named);
  await upstreams.declare(definitionsOf(file, text));
  let turn = Promise.resolve();
  const reload = () => (turn = turn.then(reloadNow));
  const stopWatching = watchFile(file, () => void reload(), log);

  return {
    reload,
    async close() {
      stopWatching();
      await turn;
      await upstreams.close();
    },
  };

  async function reloadNow(): Promise<void> {
    try {
      const next = await textOf(file, named);
      if (next === text) return;
      await upstreams.declare(definitionsOf(file, next));
      text = next;
      log.info({ upstreams: upstreams.all().map(({ name }) => name) }, 'upstreams declared anew');
    } catch (error) {
      log.error(
        error instanceof StartError ? {} : { err: error },
        `${(error as Error).message}\nWhat was declared before stays.`,
      );
    }
  }
}

/** Undefined when there is none and none was asked for. */
async function textOf(file: string, named: boolean): Promise<string | undefined> {
  if (!named && !existsSync(file)) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new StartError(`UPSTREAMS_FILE ${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

function definitionsOf(file: string, text: string | undefined): UpstreamDefinitions {
  try {
    return text === undefined ? new Map() : parseUpstreams(text);
  } catch (error) {
    if (!(error instanceof UpstreamsFileError)) throw error;
    const lines = error.mistakes.map((mistake) => `  ${mistake}`);
    throw new StartError(`${file} is not valid; correct it:\n${lines.join('\n')}`);
  }
}

/** Watches the folder: a file that is replaced is another one, and one that is not there yet cannot be watched. */
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
