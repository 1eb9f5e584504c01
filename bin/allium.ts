#!/usr/bin/env node
/** The command line: what is done to an installation from a shell. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { createUser } from '../app/commands/create-user.js';
import { runDoctor, shellLocale } from '../app/commands/doctor.js';
import { failureText } from '../app/commands/failure-text.js';
import { listKeys, rotateKeys } from '../app/commands/keys.js';
import { runMigrations } from '../app/commands/migrate.js';
import { seed, type SeedOptions } from '../app/commands/seed.js';
import { loadConfig, type Config } from '../app/config.js';
import { visibleLines } from '../app/visible.js';

process.umask(0o077); // what it writes holds people's data

const locale = shellLocale(process.env, 'en');

const program = new Command('allium').description('Manages an Allium installation.');

program
  .command('migrate')
  .description('bring the database up to date')
  .action(() => runMigrations(config()));

program
  .command('doctor')
  .description('check this installation against the security rules; exit code 1 when a required rule does not hold')
  .action(async () => {
    const settings = config();
    if (!(await runDoctor(settings, shellLocale(process.env, settings.defaultLocale)))) process.exitCode = 1;
  });

program
  .command('user')
  .description('manage accounts')
  .command('create')
  .description('create an account; the password is asked for, or read from standard input')
  .requiredOption('--email <address>', 'e-mail address')
  .requiredOption('--username <name>', 'user name, 3 to 20 characters')
  .option('--admin', 'make it an administrator', false)
  .action((options: { email: string; username: string; admin: boolean }) => createUser(config(), options, locale));

const keys = program.command('keys').description('manage the keys that sign access tokens');
keys
  .command('list')
  .description('list all keys and their state')
  .action(() => listKeys(config()));
keys
  .command('rotate')
  .description('create the key that signs from now on; running servers pick it up within a second')
  .option('--now', 'after a leak: invalidate at once everything that older keys have signed', false)
  .action((options: { now: boolean }) => rotateKeys(config(), options));

program
  .command('seed')
  .description(
    'add demonstration accounts and posts, the same ones each time\n\n' +
      'The first 300 posts are articles with pictures and comments; the rest are short, for measurements.\n' +
      'Other writes wait while it runs.',
  )
  .option('--posts <number>', 'number of posts', '200')
  .option('--seed <number>', 'seed of the random generator; a different number makes different data', '1')
  .option('--until <date>', 'date of the newest post, as 2026-01-31; default: today')
  .option('--password', 'ask for one password for all created accounts; without it they cannot sign in', false)
  .option('--no-covers', 'skip the pictures, which take most of the time')
  .option('--force', 'add to existing posts', false)
  .action((options: SeedOptions) => seed(config(), options, locale));

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${visibleLines(failureText(error, locale))}\n`);
  process.exitCode = 1;
}

function config(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return loadConfig(process.env, { terminal: process.stdout.isTTY, managed: false });
}
