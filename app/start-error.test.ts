import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../tests/support/start-errors.js';
import { loadConfig } from './config.js';
import { StartError } from './start-error.js';

const load = (env: Record<string, string>) => loadConfig(env, { terminal: false, managed: false });

describe('StartError', () => {
  const failing = () => {
    throw new StartError(({ start }) => start.portTaken(3000, '127.0.0.1'));
  };

  it('has an English message for the log', () => {
    expect(failing).toThrow('Port 3000 on 127.0.0.1 is taken; stop the other process or set PORT');
  });

  it('says the same in the language of the shell', () => {
    expect(sentenceOf(failing, 'en')).toBe('Port 3000 on 127.0.0.1 is taken; stop the other process or set PORT');
    expect(sentenceOf(failing, 'zh-CN')).toBe('127.0.0.1 的端口 3000 已被占用；请停止另一个进程，或者设置 PORT');
  });
});

const BAD_SETTINGS: Record<string, string> = {
  PORT: '3000x',
  PUBLIC_URL: 'https://example.com/path',
  CORS_ORIGINS: '*',
  DATABASE_URL: 'mongodb://x',
  SESSION_KEYS: 'short',
  SESSION_IDLE_HOURS: '1e3',
  SESSION_MAX_HOURS: '0',
  LOG_LEVEL: 'loud',
  REDIS_URL: 'http://127.0.0.1',
  METRICS_TOKEN: 'short',
  CONSUL_TOKEN: '\u00e9',
  CONSUL_SERVICE: 'two words',
  MAX_REQUESTS: '0',
};

it.each([
  ['en', false],
  ['zh-CN', true],
] as const)('settings that are not valid are listed in %s', (locale, chinese) => {
  const lines = sentenceOf(() => load(BAD_SETTINGS), locale).split('\n');

  expect(lines).toHaveLength(1 + Object.keys(BAD_SETTINGS).length);
  expect(lines.filter((line) => /\p{Script=Han}/u.test(line) !== chinese)).toEqual([]);
});
