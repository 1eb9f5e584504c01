import { expect, it } from 'vitest';
import { loadConfig } from './config.js';

const SECRETS = {
  SESSION_KEYS: 'a-secret-signing-key-of-32-letters-or-more',
  METRICS_TOKEN: 'a-secret-metrics-token',
  CONSUL_TOKEN: 'a-secret-consul-token',
  DATABASE_URL: 'postgres://allium:a-secret-password@db.internal:5432/allium?sslpassword=a-secret-too',
  REDIS_URL: 'redis://:a-secret-password@redis.internal:6379/2',
};
const { settings } = loadConfig({ ...SECRETS, PORT: '3100' }, { terminal: false, managed: false });
const of = (name: string) => settings.find((setting) => setting.name === name);

it('shows which variables are set, and defaults for the rest', () => {
  expect(of('PORT')).toEqual({ name: 'PORT', isSet: true, value: '3100' });
  expect(of('HOST')).toEqual({ name: 'HOST', isSet: false, value: '127.0.0.1' });
  expect(of('PUBLIC_URL')).toEqual({ name: 'PUBLIC_URL', isSet: false, value: null });
});

it('shows no secret', () => {
  expect(JSON.stringify(settings)).not.toContain('a-secret');
  expect(of('SESSION_KEYS')).toEqual({ name: 'SESSION_KEYS', isSet: true, value: null });
  expect(of('DATABASE_URL')?.value).toBe('postgres://db.internal:5432/allium');
  expect(of('REDIS_URL')?.value).toBe('redis://redis.internal:6379/2');
});
