#!/usr/bin/env node
/** The command line: what is done to an installation from a shell. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { createUser } from '../app/commands/create-user.js';
import { runMigrations } from '../app/commands/migrate.js';
import { loadConfig, StartError, type Config } from '../app/config.js';
import { DomainError } from '../services/errors.js';

process.umask(0o077); // what it writes holds people's data

const program = new Command('allium').description('Looks after an Allium installation.');

program
  .command('migrate')
  .description('bring the database up to date')
  .action(() => runMigrations(config()));

program
  .command('user')
  .description('manage accounts')
  .command('create')
  .description('create an account; the password is asked for, or read from standard input')
  .requiredOption('--email <address>', 'e-mail address')
  .requiredOption('--username <name>', 'user name, 3 to 20 characters')
  .option('--admin', 'make it an administrator', false)
  .action((options: { email: string; username: string; admin: boolean }) => createUser(config(), options));

try {
  await program.parseAsync();
} catch (error) {
  const known = error instanceof StartError || error instanceof DomainError;
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}

function config(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return loadConfig(process.env, { terminal: process.stdout.isTTY, managed: false });
}
