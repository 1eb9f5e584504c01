import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { envSchema, loadConfig } from './config.js';
import { PROJECT_ROOT } from './project-root.js';
import { StartError } from './start-error.js';

const load = (env: Record<string, string> = {}, surroundings = { terminal: false, managed: false }) =>
  loadConfig(env, surroundings);

describe('loadConfig', () => {
  it('needs nothing to be set', () => {
    const config = load();

    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 3000, publicUrl: undefined, trustProxyHops: 0 });
    expect(config.dataDir).toBe(resolve('data'));
    expect(config.database).toBe(resolve('data/allium.sqlite'));
    expect(config).toMatchObject({ redisUrl: undefined, defaultLocale: 'en', log: { level: 'info', format: 'json' } });
    expect(config.session).toMatchObject({ keys: undefined, cookieName: 'sid' });
  });

  it('names every bad variable in one error', () => {
    const env = {
      PORT: '70000',
      PUBLIC_URL: 'ftp://example.com',
      SESSION_KEYS: 'short',
      TRUST_PROXY_HOPS: 'yes',
      DEFAULT_LOCALE: 'fr',
      REDIS_URL: 'localhost:6379',
      DATABASE_URL: 'mongodb://x',
      LOG_LEVEL: 'loud',
      METRICS_TOKEN: 'short',
      CONSUL_URL: 'localhost:8500',
      CONSUL_SERVICE: 'two words',
    };
    const message = messageOf(() => load(env));

    for (const name of Object.keys(env)) expect(message).toContain(name);
    expect(message.match(/These settings/g)).toHaveLength(1);
  });

  it('does not repeat a secret that it refuses', () => {
    const message = messageOf(() => load({ SESSION_KEYS: 'hunter2', METRICS_TOKEN: 'swordfish' }));

    expect(message).not.toContain('hunter2');
    expect(message).not.toContain('swordfish');
  });

  it('throws an error that stops a start with a sentence', () => {
    expect(() => load({ PORT: '-1' })).toThrow(StartError);
  });

  it.each(Object.keys(envSchema.shape).filter((name) => name !== 'NODE_ENV'))(
    'takes an empty %s for not set',
    (name) => {
      expect(load({ [name]: '' })).toEqual(load());
    },
  );

  it.each(['3000x', '0x50', '1e3', ' ', '3000.5', 'NaN', '-0'])('refuses %j as a port', (port) => {
    expect(() => load({ PORT: port })).toThrow(/PORT/);
  });

  it('cannot be changed afterwards', () => {
    expect(thawed(load({ SESSION_KEYS: 'a'.repeat(32) }))).toEqual([]);
  });

  it('names the cookie so that browsers hold it to its flags, where there is https', () => {
    const { session, http } = load({ PUBLIC_URL: 'https://Example.com:443/' });

    expect(session.cookieName).toBe('__Host-Http-sid');
    expect(http).toMatchObject({ https: true, publicUrl: 'https://example.com' });
    expect(load({ PUBLIC_URL: 'http://example.com' }).session.cookieName).toBe('sid');
  });

  it.each(['https://example.com/path', 'https://example.com/?a=1', 'https://user:pass@example.com', 'example.com'])(
    'refuses %s as the origin people see',
    (address) => {
      expect(() => load({ PUBLIC_URL: address })).toThrow(/PUBLIC_URL/);
    },
  );

  it('takes exact origins of pages elsewhere', () => {
    const { http } = load({ CORS_ORIGINS: 'https://one.example, http://localhost:5173' });

    expect(http.corsOrigins).toEqual(['https://one.example', 'http://localhost:5173']);
    expect(load().http.corsOrigins).toEqual([]);
  });

  it.each([
    '*',
    'null',
    'https://*.example.com',
    'https://one.example/',
    'https://one.example/path',
    'http://one.example',
    'one.example',
    'https://ONE.example',
    'https://one.example:443',
    'https://user@one.example',
    'https://one.example,',
    'ftp://one.example',
  ])('refuses %s as an origin: a typing error must not open more than was meant', (origin) => {
    expect(() => load({ CORS_ORIGINS: origin })).toThrow(/CORS_ORIGINS/);
  });

  it('takes several signing keys, newest first', () => {
    const [newest, older] = ['n'.repeat(32), 'o'.repeat(32)];

    expect(load({ SESSION_KEYS: `${newest}, ${older}` }).session.keys).toEqual([newest, older]);
    expect(() => load({ SESSION_KEYS: `${newest},` })).toThrow(/SESSION_KEYS/);
  });

  it.each([
    ['sqlite:/var/lib/allium.sqlite', '/var/lib/allium.sqlite'],
    ['sqlite:///var/lib/allium.sqlite', '/var/lib/allium.sqlite'],
    ['sqlite:here.sqlite', resolve('here.sqlite')],
  ])('finds the file of %s', (address, file) => {
    expect(load({ DATABASE_URL: address }).database).toBe(file);
  });

  it('finds a PostgreSQL database by its address', () => {
    const url = 'postgres://allium:secret@db.internal:5432/allium';
    expect(load({ DATABASE_URL: url, DATA_DIR: '/data' }).database).toEqual({ url, versionsFile: '/data/postgres' });
    expect(() => load({ DATABASE_URL: 'postgres://' })).toThrow(/DATABASE_URL/);
  });

  it('logs pretty lines at a terminal and JSON elsewhere, by default', () => {
    const atTerminal = { terminal: true, managed: false };

    expect(load({}, atTerminal).log.format).toBe('pretty');
    expect(load({ LOG_FORMAT: 'json' }, atTerminal).log.format).toBe('json');
  });

  it('drains under a process manager, which has another worker for new requests', () => {
    expect(load().http.drainMs).toBe(0);
    expect(load({}, { terminal: false, managed: true }).http.drainMs).toBe(3_000);
    expect(load({ DRAIN_SECONDS: '0.5' }).http.drainMs).toBe(500);
  });
});

describe('.env.example', () => {
  it('lists every variable with what it means and its default', () => {
    const lines = Object.entries(envSchema.shape)
      .filter(([name]) => name !== 'NODE_ENV' && name !== 'NODE_APP_INSTANCE' && name !== 'VITE_URL') // set by tools, not by people
      .map(([name, schema]) => `# ${schema.description}\n# ${name}=${defaultOf(schema)}`);
    const [, ...entries] = readFileSync(join(PROJECT_ROOT, '.env.example'), 'utf8').trim().split('\n\n');

    expect(entries).toEqual(lines);
  });

  it('is a file that changes nothing when it is copied as it is', () => {
    const example = readFileSync(join(PROJECT_ROOT, '.env.example'), 'utf8');

    expect(example.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });
});

function defaultOf(schema: z.ZodType): string {
  return schema instanceof z.ZodDefault ? String(schema.def.defaultValue) : '';
}

function messageOf(failing: () => unknown): string {
  try {
    failing();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it did not fail');
}

/** The paths of all objects in a value that could still be changed. */
function thawed(value: unknown, path = 'config'): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Object.isFrozen(value) ? [] : [path];
  return [...own, ...Object.entries(value).flatMap(([key, child]) => thawed(child, `${path}.${key}`))];
}
