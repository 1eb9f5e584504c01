import { afterEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

const ATTEMPTS = 1_000;
const ADDRESSES = 100;

let app: TestApp;
afterEach(() => app.stop());

const at = (address: string) => ({ 'X-Forwarded-For': address });
const login = (username: string, password: string, address: string): Promise<Answer> =>
  app.program().post('/api/auth/login', { username, password }, at(address));
const countOf = (answers: Answer[], status: number) => answers.filter((answer) => answer.status === status).length;

describe('a thousand wrong passwords from a hundred addresses', () => {
  it('are mostly refused without hashing, and do not lock the owner out', { timeout: 60_000 }, async () => {
    app = await startTestApp({ TRUST_PROXY_HOPS: '1' });
    const owner = await app.member('owner');
    await owner.post('/api/auth/logout');

    const answers: Answer[] = [];
    for (let first = 0; first < ATTEMPTS; first += 50) {
      const together = Array.from({ length: 50 }, (_, index) => {
        const attempt = first + index;
        return login('owner', `guess ${attempt}`, `198.51.100.${attempt % ADDRESSES}`);
      });
      answers.push(...(await Promise.all(together)));
    }

    expect(countOf(answers, 401)).toBe(50); // as many as one account may have; every other was refused unseen
    expect(countOf(answers, 429)).toBe(ATTEMPTS - 50);
    const elsewhere = await login('owner', PASSWORD, '203.0.113.1');
    expect(elsewhere.status).toBe(429);
    expect(Number(elsewhere.headers.get('Retry-After'))).toBeGreaterThan(0);
    const letIn = await owner.post('/api/auth/login', { username: 'owner', password: PASSWORD }, at('203.0.113.1'));
    expect(letIn.status).toBe(200);
    expect((await login('other', 'wrong', '203.0.113.1')).status).toBe(401);
  });
});
