import { expect, it } from 'vitest';
import type { Client } from '../support/client.js';
import { describeWith } from '../support/requires.js';
import { stageSmallDisk } from '../support/small-disk.js';
import { account, sameBrowser, stageAdmin, stageMember, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

/** More writes than fit into what the database has set aside already. */
const WRITES = 2_000;

describeWith('small disk', 'a disk that becomes full', () => {
  it('refuses writes with 503 and nothing else, serves reads, and goes on by itself when there is space', async () => {
    const disk = stageSmallDisk(16);
    const server = await stageServer({ DATA_DIR: disk.dir });
    const admin = await stageAdmin(server);
    const member = await stageMember(server.url, 'member');

    disk.fill();
    const refused = await until('a refused write', () => refusedWrite(admin, member.id));

    expect(refused.json()).toMatchObject({ code: 'unavailable', error: expect.any(String) });
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    for (const path of ['/api/auth/me', '/api/users', `/api/users/${member.id}`, '/readyz', '/admin/users']) {
      expect([
        path,
        (await admin.get(path, { Accept: path.startsWith('/api') ? 'application/json' : 'text/html' })).status,
      ]).toEqual([path, 200]);
    }
    for (const path of ['/api/auth/register', '/api/auth/login', '/api/auth/logout']) {
      const sameDevice = sameBrowser(member, server.url);
      const body = path.endsWith('register') ? account('late') : account('member');
      expect([path, (await sameDevice.post(path, body)).status]).toEqual([path, 503]);
    }
    expect((await member.get('/api/auth/me')).status).toBe(200); // no account is left half signed out

    disk.free();
    expect((await admin.patch(`/api/users/${member.id}`, { name: 'Ada' })).status).toBe(200);
    expect((await member.get('/api/auth/me')).json()).toMatchObject({ user: { name: 'Ada' } });
    expect((await member.post('/api/auth/logout')).status).toBe(200);
  });

  it('loses nothing that was acknowledged before it, not even when the server is killed then', async () => {
    const disk = stageSmallDisk(16);
    const server = await stageServer({ DATA_DIR: disk.dir });
    const admin = await stageAdmin(server);
    const member = await stageMember(server.url, 'member');
    let acknowledged = 0;
    await until('a refused write', async () => {
      if (acknowledged === 20) disk.fill();
      const answer = await admin.patch(`/api/users/${member.id}`, { name: String(acknowledged + 1), ...LONG });
      if (answer.status === 200) acknowledged += 1;
      return answer.status !== 200;
    });

    await server.stop('SIGKILL');
    disk.free();
    const again = await stageServer({ DATA_DIR: disk.dir });

    const answer = await sameBrowser(member, again.url).get('/api/auth/me');
    expect(answer.json()).toMatchObject({ user: { name: String(acknowledged) } });
  });

  it('at the start: the server starts read-only, says so, and goes on by itself when there is space', async () => {
    const disk = stageSmallDisk(16);
    const first = await stageServer({ DATA_DIR: disk.dir });
    const member = await stageMember(first.url, 'member');
    await first.stop();
    disk.fill();

    const server = await stageServer({ DATA_DIR: disk.dir });
    const client = sameBrowser(member, server.url);
    const ready = await client.get('/readyz');
    expect([ready.status, ready.json()]).toMatchObject([200, { status: 'READ_ONLY', reason: 'the disk is full' }]);
    expect(server.output()).toContain('the disk is full: read-only until there is space');
    expect((await client.get('/api/auth/me')).json()).toMatchObject({ user: { username: 'member' } });
    for (const path of ['/', '/api/posts', `/api/users/${member.id}`]) {
      expect([path, (await client.get(path)).status]).toEqual([path, 200]);
    }
    const refused = await client.patch(`/api/users/${member.id}`, { name: 'Ada' });
    expect([refused.status, refused.json()]).toMatchObject([503, { code: 'unavailable' }]);
    expect((await client.post('/api/auth/login', account('member'))).status).toBe(503);

    disk.free();
    expect((await client.patch(`/api/users/${member.id}`, { name: 'Ada' })).status).toBe(200);
    await until(
      'it says that it is well',
      async () => (await client.get('/readyz')).json<{ status: string }>().status === 'OK',
    );
    await until('it says so', () => server.output().includes('the disk has space again'));
    await server.stop();
    disk.fill(); // and once more: what made that possible is there again
    const again = await stageServer({ DATA_DIR: disk.dir });
    expect((await sameBrowser(client, again.url).get('/api/auth/me')).json()).toMatchObject({ user: { name: 'Ada' } });
  });
});

/** Fills pages of the database. */
const LONG = { profile: { bio: 'x'.repeat(500) } };

/** Writes until that is refused. Until then every write must have been done. */
async function refusedWrite(admin: Client, id: number) {
  for (let turn = 0; turn < WRITES; turn += 1) {
    const answer = await admin.patch(`/api/users/${id}`, { age: turn % 100, ...LONG });
    if (answer.status === 503) return answer;
    expect(answer.status).toBe(200);
  }
  return undefined;
}
