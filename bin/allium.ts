#!/usr/bin/env node
/** The command line: what is done to an installation from a shell. */
import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { failureText } from '../app/commands/failure-text.js';
import { createProgram } from '../app/commands/program.js';
import { shellLocale } from '../app/commands/shell-locale.js';
import { loadConfig } from '../app/config.js';
import { visibleLines } from '../app/visible.js';

process.umask(0o077); // what it writes holds people's data
if (existsSync('.env')) process.loadEnvFile('.env');

const locale = shellLocale(process.env);
const config = () => loadConfig(process.env, { terminal: process.stdout.isTTY, managed: false });

try {
  await createProgram(config, locale).parseAsync();
} catch (error) {
  const text = failureText(error, locale);
  if (text !== undefined) process.stderr.write(`${visibleLines(text)}\n`);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
}
