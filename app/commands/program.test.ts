import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { cliIn } from '../../views/locales/cli.js';
import { LOCALES, type Locale } from '../../views/locales/index.js';
import { failureText } from './failure-text.js';
import { createProgram } from './program.js';
import { shellLocale } from './shell-locale.js';

const program = (locale: Locale) =>
  createProgram(() => {
    throw new Error('the settings are not read');
  }, locale);
const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];

describe.each(LOCALES)('the help in %s', (locale) => {
  const commands = everyCommand(program(locale));

  it.each(commands.map((command) => [command.name(), command] as const))('of %s is in this language', (_, command) => {
    const lines = command.helpInformation().split('\n').filter(Boolean);

    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => /\p{Script=Han}/u.test(line) !== (locale === 'zh-CN'))).toEqual([]);
  });

  it('names the same commands and options as in English', () => {
    const namesOf = (command: Command) => [command.name(), ...command.options.map(({ flags }) => flags)];

    expect(commands.flatMap(namesOf)).toEqual(everyCommand(program('en')).flatMap(namesOf));
  });
});

const WRONG: Record<keyof typeof cliIn.en.arguments, { args: string[]; en: string; 'zh-CN': string }> = {
  'commander.unknownCommand': {
    args: ['sed'],
    en: 'Unknown command sed\nDid you mean seed?',
    'zh-CN': '未知命令 sed\n是否想输入 seed？',
  },
  'commander.unknownOption': {
    args: ['seed', '--post', '3'],
    en: 'Unknown option --post\nDid you mean --posts?',
    'zh-CN': '未知选项 --post\n是否想输入 --posts？',
  },
  'commander.missingMandatoryOptionValue': {
    args: ['user', 'create', '--username', 'ada'],
    en: 'The option --email <address> is required',
    'zh-CN': '缺少选项 --email <address>',
  },
  'commander.optionMissingArgument': {
    args: ['seed', '--posts'],
    en: 'The option --posts <number> needs a value',
    'zh-CN': '选项 --posts <number> 需要一个值',
  },
  'commander.excessArguments': {
    args: ['migrate', 'now'],
    en: 'Too many arguments for migrate',
    'zh-CN': 'migrate 的参数过多',
  },
};

describe.each(LOCALES)('wrong arguments in %s', (locale) => {
  it.each(Object.entries(WRONG))('%s is one sentence, with what is meant if that is clear', async (code, wrong) => {
    const error: unknown = await program(locale)
      .parseAsync(wrong.args, { from: 'user' })
      .catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code, exitCode: 1 });
    expect(failureText(error, locale)).toBe(wrong[locale]);
  });
});

it('every text, progress and results included, differs between the languages', () => {
  const written = (text: object) =>
    JSON.stringify(text, (_key, value: unknown) =>
      typeof value === 'function' ? (value as (...values: string[]) => string)('1', '2', '3', '4', '5') : value,
    );
  const textsOf = (text: object): string[] =>
    Object.values(text).flatMap((part: string | object) => (typeof part === 'string' ? part : textsOf(part)));
  const [english, chinese] = (['en', 'zh-CN'] as const).map((locale) =>
    textsOf(JSON.parse(written(cliIn[locale])) as object),
  );

  expect(chinese).toHaveLength(english?.length ?? 0);
  expect(chinese?.filter((text, index) => text === english?.[index])).toEqual([]);
});

it.each([
  [{ LC_ALL: 'zh_CN.UTF-8', LANG: 'en_US.UTF-8' }, 'zh-CN'],
  [{ LC_MESSAGES: 'en_GB.UTF-8', LANG: 'zh_CN.UTF-8' }, 'en'],
  [{ LANG: 'zh_TW.UTF-8' }, 'zh-CN'],
  [{ LANG: 'C.UTF-8', DEFAULT_LOCALE: 'zh-CN' }, 'zh-CN'],
  [{ LANG: 'en_US.UTF-8', DEFAULT_LOCALE: 'zh-CN' }, 'en'],
  [{ DEFAULT_LOCALE: 'fr' }, 'en'],
  [{}, 'en'],
] as const)('the shell’s language comes before DEFAULT_LOCALE: %j gives %s', (env, locale) => {
  expect(shellLocale(env)).toBe(locale);
});
