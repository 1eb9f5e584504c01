/**
 * Completes dist/client after the compiler: `node web/client/build.js`. The types of the endpoints come from the
 * document that the server itself gives out, so that they are what it enforces.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { clientTypes } from '../../dist/app/client-types.js';
import { loadConfig } from '../../dist/app/config.js';
import { createLogger } from '../../dist/app/logger.js';
import { startServer } from '../../dist/app/server.js';

const ROOT = join(import.meta.dirname, '../..');
const OUT_DIR = join(ROOT, 'dist/client');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const INDEX = `import type { Endpoints } from './endpoints.js';
import type { Client, ClientOptions } from './types.js';

/** Calls the API of one server; without a framework, in browsers and in Node.js. */
export declare function createClient(options?: ClientOptions<Endpoints>): Client<Endpoints>;

export { ApiError, NetworkError, SessionEndedError, ValidationError, type ErrorDetail } from './errors.js';
export type * from './endpoints.js';
`;
const PACKAGE = {
  name: 'allium-client',
  version,
  type: 'module',
  sideEffects: false,
  exports: { types: './index.d.ts', default: './index.js' },
};

const types = await format(clientTypes(await apiDocument()), {
  parser: 'typescript',
  singleQuote: true,
  printWidth: 120,
});
writeFileSync(join(OUT_DIR, 'endpoints.d.ts'), types);
writeFileSync(join(OUT_DIR, 'index.d.ts'), INDEX);
writeFileSync(join(OUT_DIR, 'package.json'), `${JSON.stringify(PACKAGE, null, 2)}\n`);

/** As a server with an empty database and without settings gives it out. */
async function apiDocument() {
  const dataDir = mkdtempSync(join(tmpdir(), 'allium-client-'));
  const settings = { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: dataDir };
  const config = loadConfig(settings, { terminal: false, managed: false });
  const server = await startServer(config, createLogger(config.log));
  try {
    return await (await fetch(`${server.url}/api/openapi.json`)).json();
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true });
  }
}
