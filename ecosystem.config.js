import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

// Read, not loaded: what is in this environment pm2 would keep for ever, and a later .env would count for nothing.
const file = join(import.meta.dirname, '.env');
const settings = { ...(existsSync(file) && parseEnv(readFileSync(file, 'utf8'))), ...process.env };

// While it stops, the server goes on answering for the first of these, and then finishes within the second.
const drainSeconds = Number(settings.DRAIN_SECONDS) || 3; // a bad one stops the start, with a message
const stopGraceSeconds = 10;

/** @see https://pm2.keymetrics.io/docs/usage/application-declaration/ */
export const apps = [
  {
    name: 'allium',
    script: 'dist/bin/www.js',
    cwd: import.meta.dirname,
    exec_mode: 'cluster',
    // One worker is enough without Redis; with it, one for each core.
    instances: settings.REDIS_URL ? 'max' : 1,
    env: { NODE_ENV: 'production' },

    wait_ready: true, // an old worker leaves when the new one says that it listens,
    listen_timeout: 120_000, // not when this has passed: longer than any start, also with a migration (docs/operation.md)
    kill_timeout: (drainSeconds + stopGraceSeconds + 2) * 1_000,
    exp_backoff_restart_delay: 100, // a worker that cannot start is tried again ever more slowly
    // V8 collects new objects when they take 4 MB instead of 16: a peak of 176 MB instead of 238 (bench/README.md).
    node_args: ['--max-semi-space-size=4'],
    max_memory_restart: '512M', // a leak; 170 MB is usual under load

    merge_logs: true, // one file for all workers: each line names its pid
    pmx: false, // its own probes cost memory and time in every worker; there is /metrics
    vizion: false,
    disable_source_map_support: true,
  },
];
