import { afterEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
afterEach(() => app.stop());
const at = (address: string) => ({ 'X-Forwarded-For': address });

describe('the limit of changes', () => {
  it('counts what one person changes, from whichever address, and nothing else they do', async () => {
    app = await startTestApp({ TRUST_PROXY_HOPS: '1', WRITE_LIMIT_PER_MINUTE: '3' });
    const [ada, bob] = [await app.member('ada'), await app.member('bob')];
    const rename = (name: string, address: string) => ada.patch(`/api/users/${ada.id}`, { name }, at(address));

    const statuses = [];
    for (const host of [1, 2, 3, 4]) statuses.push((await rename(`Ada ${host}`, `203.0.113.${host}`)).status);

    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await ada.get('/api/auth/me', at('203.0.113.1'))).status).toBe(200);
    expect((await bob.patch(`/api/users/${bob.id}`, { name: 'Bob' }, at('203.0.113.1'))).status).toBe(200);
  });

  it('says how much is left, and when there is more', async () => {
    app = await startTestApp({ TRUST_PROXY_HOPS: '1', WRITE_LIMIT_PER_MINUTE: '2' });
    const ada = await app.member('ada');
    const rename = () => ada.patch(`/api/users/${ada.id}`, { name: 'Ada' }, at('203.0.113.1'));

    const answers = [await rename(), await rename(), await rename()];

    expect(answers.map(({ headers }) => headers.get('RateLimit-Limit'))).toEqual(['2', '2', '2']);
    expect(answers.map(({ headers }) => headers.get('RateLimit-Remaining'))).toEqual(['1', '0', '0']);
    const refused = answers[2];
    expect(refused?.headers.get('Retry-After')).toBe(refused?.headers.get('RateLimit-Reset'));
    expect(Number(refused?.headers.get('Retry-After'))).toBeGreaterThan(0);
  });

  it('is not for the machine itself', async () => {
    app = await startTestApp({ WRITE_LIMIT_PER_MINUTE: '1' });
    const ada = await app.member('ada');
    const rename = () => ada.patch(`/api/users/${ada.id}`, { name: 'Ada' });

    expect([(await rename()).status, (await rename()).status, (await rename()).status]).toEqual([200, 200, 200]);
  });
});
