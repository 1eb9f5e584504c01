#!/usr/bin/env node
/** Replaces the workers that run under pm2 by the build in dist/, if that works: `npm run pm2:reload`. */
import { existsSync } from 'node:fs';
import { reload } from '../app/commands/reload.js';
import { StartError } from '../app/config.js';

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  await reload(process.env);
} catch (error) {
  process.stderr.write(`${error instanceof StartError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
}
