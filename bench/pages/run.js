/** Starts the measurement of the pages; see bench/run.js. */
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
await runnerImport(main, { configFile: false, logLevel: 'error' });
