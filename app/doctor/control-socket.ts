import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Logger } from '../../middlewares/state.js';
import type { Finding } from '../../services/doctor/doctor-service.js';
import { isRuleId, type RuleId } from '../../views/locales/doctor.js';
import type { RunChecks } from './doctor.js';

const SOCKET = /^control-[\da-f]+\.sock$/;
const ANSWER_MS = 60_000;

/**
 * Lets `allium doctor` ask this process what it finds, by a socket in DATA_DIR: only its owner can open that, so there is
 * nothing to sign in with. Each process has one of its own.
 *
 * @returns what closes it. Where no socket can be made the server does without.
 */
export async function openControlSocket(
  dataDir: string,
  runChecks: RunChecks,
  log: Logger,
): Promise<() => Promise<void>> {
  const server = createServer((_req, res) => {
    runChecks().then(
      (findings) => res.end(JSON.stringify(findings)),
      (err: unknown) => {
        log.warn({ err }, 'the doctor could not runChecks this server');
        res.writeHead(503).end();
      },
    );
  });
  try {
    await once(server.listen(join(dataDir, `control-${randomBytes(4).toString('hex')}.sock`)), 'listening');
  } catch (err) {
    log.debug({ err }, '`allium doctor` cannot ask this process'); // the path is too long, or the system has no such sockets
    return () => Promise.resolve();
  }
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

/** What a server that runs with this DATA_DIR finds; undefined when none does. */
export async function askRunning(dataDir: string): Promise<(Finding & { id: RuleId })[] | undefined> {
  if (!existsSync(dataDir)) return undefined;
  for (const name of readdirSync(dataDir).filter((entry) => SOCKET.test(entry))) {
    const socketPath = join(dataDir, name);
    try {
      const asked = request({ socketPath, timeout: ANSWER_MS }).end();
      asked.once('timeout', () => asked.destroy());
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      if (answer.statusCode !== 200) continue;
      // A server of another version may know rules that we have no words for.
      return ((await json(answer)) as Finding[]).flatMap(({ id, ...finding }) =>
        isRuleId(id) ? { id, ...finding } : [],
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') rmSync(socketPath, { force: true }); // of a process that was killed
    }
  }
  return undefined;
}
