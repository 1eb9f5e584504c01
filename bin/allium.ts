#!/usr/bin/env node
/** The command line: what is done to an installation from a shell. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { createUser } from '../app/commands/create-user.js';
import { runDoctor, shellLocale } from '../app/commands/doctor.js';
import { listKeys, rotateKeys } from '../app/commands/keys.js';
import { runMigrations } from '../app/commands/migrate.js';
import { seed, type SeedOptions } from '../app/commands/seed.js';
import { loadConfig, StartError, type Config } from '../app/config.js';
import { visibleLines } from '../app/visible.js';
import { DomainError } from '../services/errors.js';
import { messagesIn } from '../views/locales/index.js';

process.umask(0o077); // what it writes holds people's data

const program = new Command('allium').description('Looks after an Allium installation.');

program
  .command('migrate')
  .description('bring the database up to date')
  .action(() => runMigrations(config()));

program
  .command('doctor')
  .description('check this installation against the rules for what it is; exit code 1 when a must does not hold')
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
  .action((options: { email: string; username: string; admin: boolean }) => createUser(config(), options));

const keys = program.command('keys').description('manage the keys that sign access tokens');
keys
  .command('list')
  .description('show every key and what it is good for')
  .action(() => listKeys(config()));
keys
  .command('rotate')
  .description('make a key that signs from now on; running servers notice within a second')
  .option('--now', 'for a key that has leaked: end at once whatever older keys have signed', false)
  .action((options: { now: boolean }) => rotateKeys(config(), options));

program
  .command('seed')
  .description(
    'fill an installation with people and posts for demonstrations, the same ones each time\n\n' +
      'Up to 300 posts are articles with pictures and comments; more are short ones, for measurements.\n' +
      'Nobody else can write while it runs.',
  )
  .option('--posts <number>', 'how many posts', '200')
  .option('--seed <number>', 'another number makes other data', '1')
  .option('--until <date>', 'the day of the newest post, as 2026-01-31; default: today')
  .option('--password', 'ask for a password that everybody made here has; without it nobody can sign in', false)
  .option('--no-covers', 'no pictures, which take most of the time')
  .option('--force', 'add to what is there already', false)
  .action((options: SeedOptions) => seed(config(), options));

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${visibleLines(explain(error))}\n`);
  process.exitCode = 1;
}

function config(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return loadConfig(process.env, { terminal: process.stdout.isTTY, managed: false });
}

function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  if (!(error instanceof DomainError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { errors, validation } = messagesIn[shellLocale(process.env, 'en')];
  const sentence = validation[error.sentence as keyof typeof validation];
  if (typeof sentence === 'string') return `${error.fields.join()}: ${sentence}`;
  return error.message || errors[error.code];
}
