import { Command, type HelpConfiguration } from 'commander';
import { cliIn, type CliText } from '../../views/locales/cli.js';
import type { Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { createUser } from './create-user.js';
import { runDoctor } from './doctor.js';
import { listKeys, rotateKeys } from './keys.js';
import { copyInstallation, runMigrations, type MigrateOptions } from './migrate.js';
import { seed, type SeedOptions } from './seed.js';

/**
 * The commands of `allium`, with their help in `locale`. Parsing throws a CommanderError for wrong arguments, and after
 * help was shown.
 *
 * @param config reads the settings, for the commands that need them.
 */
export function createProgram(config: () => Config, locale: Locale): Command {
  const text = cliIn[locale];
  // Subcommands inherit what is configured before they are added.
  const program = new Command('allium')
    .description(text.program)
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // the caller prints errors
    .configureHelp(helpIn(text.help))
    .helpOption('-h, --help', text.help.helpOption)
    .helpCommand('help [command]', text.help.helpCommand);

  program
    .command('migrate')
    .description(text.migrate.help)
    .option('--from <url>', text.migrate.from)
    .option('--to <url>', text.migrate.to)
    .action((options: MigrateOptions) =>
      options.from === undefined && options.to === undefined
        ? runMigrations(config(), locale)
        : copyInstallation(config(), options, locale),
    );

  program
    .command('doctor')
    .description(text.doctor.help)
    .action(async () => {
      if (!(await runDoctor(config(), locale))) process.exitCode = 1;
    });

  program
    .command('user')
    .description(text.user.help)
    .command('create')
    .description(text.user.create)
    .requiredOption('--email <address>', text.user.email)
    .requiredOption('--username <name>', text.user.username)
    .option('--admin', text.user.admin, false)
    .action((options: { email: string; username: string; admin: boolean }) => createUser(config(), options, locale));

  const keys = program.command('keys').description(text.keys.help);
  keys
    .command('list')
    .description(text.keys.list)
    .action(() => listKeys(config(), locale));
  keys
    .command('rotate')
    .description(text.keys.rotate)
    .option('--now', text.keys.now, false)
    .action((options: { now: boolean }) => rotateKeys(config(), options, locale));

  program
    .command('seed')
    .summary(text.seed.help)
    .description(`${text.seed.help}\n\n${text.seed.details}`)
    .option('--posts <number>', text.seed.posts, '200')
    .option('--seed <number>', text.seed.seed, '1')
    .option('--until <date>', text.seed.until)
    .option('--password', text.seed.password, false)
    .option('--no-covers', text.seed.noCovers)
    .option('--force', text.seed.force, false)
    .action((options: SeedOptions) => seed(config(), options, locale));

  return program;
}

/** Commander's own words in the help, in another language. */
function helpIn(words: CliText['help']): HelpConfiguration {
  const titles: Record<string, string> = {
    'Usage:': words.usage,
    'Options:': words.options,
    'Commands:': words.commands,
  };
  return {
    styleTitle: (title) => titles[title] ?? title,
    styleUsage: (usage) => usage.replace('[options]', words.anyOptions).replace('[command]', words.anyCommand),
    subcommandTerm: (command) => command.name(),
    optionDescription: ({ description, required, defaultValue }) =>
      required && defaultValue !== undefined ? description + words.default(String(defaultValue)) : description,
  };
}
