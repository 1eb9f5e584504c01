#!/usr/bin/env node
/** Replaces the workers that run under pm2 by the build in dist/, if that works: `npm run pm2:reload`. */
import { existsSync } from 'node:fs';
import { failureText } from '../app/commands/failure-text.js';
import { reload } from '../app/commands/reload.js';
import { shellLocale } from '../app/commands/shell-locale.js';

if (existsSync('.env')) process.loadEnvFile('.env');
const locale = shellLocale(process.env);

try {
  await reload(process.env, locale);
} catch (error) {
  process.stderr.write(`${failureText(error, locale)}\n`);
  process.exitCode = 1;
}
