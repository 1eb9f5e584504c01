import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { account, stageDir, stageMember, stageServer } from '../support/stage.js';
import { browser } from '../support/client.js';
import { lockDatabase } from '../support/database-lock.js';
import { until } from '../support/until.js';

/** SQLite waits five seconds for a lock; requests queued behind that must not wait as long again. */
const ALL_ANSWERED_MS = 8_000;
/** Sessions that end after seven seconds are extended after two. */
const SHORT_SESSIONS = { SESSION_IDLE_HOURS: '0.002' };
const EXTENDED_AFTER_MS = 2_000;

describe('while another process keeps the database locked', () => {
  it('writes are refused together, and go on afterwards', async () => {
    const dir = stageDir();
    const server = await stageServer({ DATA_DIR: dir });
    await stageMember(server.url, 'member');
    const unlock = await lockDatabase(join(dir, 'allium.sqlite'));

    const startedAt = performance.now();
    const logins = await Promise.all(Array.from({ length: 6 }, () => signIn(server.url)));

    expect(logins.map(({ status }) => status)).toEqual(logins.map(() => 503));
    expect(logins.map(({ headers }) => headers.get('Retry-After'))).not.toContain(null);
    expect(performance.now() - startedAt).toBeLessThan(ALL_ANSWERED_MS);

    await unlock();
    expect((await signIn(server.url)).status).toBe(200);
  });

  it('reads go on, also where a session should have been extended', async () => {
    const dir = stageDir();
    const server = await stageServer({ DATA_DIR: dir, ...SHORT_SESSIONS });
    const member = await stageMember(server.url, 'member');
    const signedInAt = performance.now();
    await until('the session to be due', () => performance.now() - signedInAt > EXTENDED_AFTER_MS);
    await lockDatabase(join(dir, 'allium.sqlite'));

    const { status, text } = await member.get('/api/auth/me');

    expect(status, text).toBe(200);
  });
});

const signIn = (url: string) => browser(url).post('/api/auth/login', account('member'));
