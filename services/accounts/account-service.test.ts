import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { InvalidCredentials } from '../errors.js';
import type { Viewer } from '../viewer.js';

let app: TestApp;
let admin: Viewer;
beforeAll(async () => {
  app = await startTestApp();
  await app.admin();
  admin = await viewerOf(1);
});
afterAll(() => app.stop());

let count = 0;
const register = () => {
  count += 1;
  return app.services.accounts.register({ username: `u${count}x`, email: `u${count}@example.com`, password: PASSWORD });
};
async function viewerOf(id: number): Promise<Viewer> {
  const viewer = await app.services.viewers.find(id);
  if (!viewer) throw new Error(`nobody has the id ${id}`);
  return viewer;
}

describe('changePassword', () => {
  const change = (viewer: Viewer, password: string) => app.services.accounts.changePassword(viewer, PASSWORD, password);

  it('answers the new epoch, and every session and token of the old one is over', async () => {
    const ada = await register();

    expect((await change(ada, 'a brand new one')).sessionEpoch).toBe(ada.sessionEpoch + 1);
    expect((await viewerOf(ada.id)).sessionEpoch).toBe(ada.sessionEpoch + 1);
  });

  it('ends in a refusal when the account is deleted meanwhile', async () => {
    const ada = await register();
    const changing = change(ada, 'a brand new one').catch((error: unknown) => error);
    await app.services.users.remove(admin, ada.id);

    expect(await changing).toBeInstanceOf(InvalidCredentials);
  });

  it('works once with the old password, also at the same instant', async () => {
    const ada = await register();
    const outcomes = await Promise.allSettled([change(ada, 'the first new one'), change(ada, 'the second new one')]);

    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect((await viewerOf(ada.id)).sessionEpoch).toBe(ada.sessionEpoch + 1);
  });
});

describe('signIn', () => {
  it('gives nobody a session that outlives what ended theirs while their password was checked', async () => {
    const ada = await register();
    const signingIn = app.services.accounts.signIn(ada.username, PASSWORD);
    await app.services.users.update(admin, ada.id, { isActive: false });

    const outcome = await signingIn.catch((error: unknown) => error);
    const now = await viewerOf(ada.id);

    // Refused, or signed in under an epoch that is over.
    expect(outcome instanceof InvalidCredentials || (outcome as Viewer).sessionEpoch < now.sessionEpoch).toBe(true);
  });

  it('breaks on nothing when the account is deleted while its password is checked', async () => {
    const ada = await register();
    const signingIn = app.services.accounts.signIn(ada.username, PASSWORD).catch((error: unknown) => error);
    await app.services.users.remove(admin, ada.id);

    const outcome = await signingIn;
    expect(outcome instanceof InvalidCredentials || (outcome as Viewer).id === ada.id).toBe(true);
    expect(await app.services.viewers.find(ada.id)).toBeUndefined();
  });

  it('loses no change that is made while the password is checked', async () => {
    const ada = await register();
    const signingIn = app.services.accounts.signIn(ada.username, PASSWORD);
    await app.services.users.update(admin, ada.id, { name: 'Changed meanwhile', role: 'admin' });
    await signingIn;

    expect(await viewerOf(ada.id)).toMatchObject({ name: 'Changed meanwhile', role: 'admin' });
  });
});
