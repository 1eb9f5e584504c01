/** Starts the benchmark. Node 20 cannot read TypeScript by itself; Vite, which the project has anyway, can. */
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
await runnerImport(main, { configFile: false, logLevel: 'error' });
