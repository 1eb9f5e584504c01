import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { A_PROGRAM } from '../../tests/support/tokens.js';
import { commandActor, type Actor } from '../actor.js';
import { InvalidCredentials, InvalidToken } from '../errors.js';
import type { Viewer } from '../viewer.js';
import type { SignedIn } from './account-service.js';

let app: TestApp;
let admin: Actor;
beforeAll(async () => {
  app = await startTestApp();
  await app.admin();
  admin = commandActor(await viewerOf(1));
});
afterAll(() => app.stop());

let count = 0;
async function register(): Promise<Viewer & SignedIn> {
  count += 1;
  const account = { username: `u${count}x`, email: `u${count}@example.com`, password: PASSWORD };
  const signedIn = await app.services.accounts.register(account, A_PROGRAM);
  return { ...signedIn.user, ...signedIn };
}
const signInsOf = (viewer: Viewer) => app.services.signIns.list(commandActor(viewer));
async function viewerOf(id: number): Promise<Viewer> {
  const viewer = await app.services.viewers.find(id);
  if (!viewer) throw new Error(`no user has the id ${id}`);
  return viewer;
}

describe('changePassword', () => {
  const change = ({ id, role, signInId }: Viewer & SignedIn, password: string) => {
    const actor: Actor = { id, role, kind: 'access-token', credentialId: signInId };
    return app.services.accounts.changePassword(actor, PASSWORD, password, A_PROGRAM);
  };

  it('ends every sign-in but the one that it begins', async () => {
    const ada = await register();
    await app.services.accounts.signIn(ada.username, PASSWORD, A_PROGRAM);

    const begun = await change(ada, 'a brand new one');

    expect((await signInsOf(ada)).map(({ id }) => id)).toEqual([begun?.signInId]);
    expect(await app.services.signIns.isValid(ada)).toBe(false);
  });

  it('ends in a refusal when the account is deleted meanwhile', async () => {
    const ada = await register();
    const changing = change(ada, 'a brand new one').catch((error: unknown) => error);
    await app.services.users.remove(admin, ada.id);

    const refusal = await changing;
    expect(refusal instanceof InvalidCredentials || refusal instanceof InvalidToken).toBe(true);
  });

  it('works once with the old password, also at the same instant', async () => {
    const ada = await register();
    const outcomes = await Promise.allSettled([change(ada, 'the first new one'), change(ada, 'the second new one')]);

    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await signInsOf(ada)).toHaveLength(1);
  });
});

describe('signIn', () => {
  it('creates no session when the account was ended while the password was checked', async () => {
    const ada = await register();
    const signingIn = app.services.accounts.signIn(ada.username, PASSWORD, A_PROGRAM);
    await app.services.users.update(admin, ada.id, { isActive: false });

    await signingIn.catch(() => undefined); // refused, or begun and ended with the others

    expect(await signInsOf(ada)).toEqual([]);
  });

  it('breaks on nothing when the account is deleted while its password is checked', async () => {
    const ada = await register();
    const signingIn = app.services.accounts.signIn(ada.username, PASSWORD, A_PROGRAM).catch((error: unknown) => error);
    await app.services.users.remove(admin, ada.id);

    const outcome = await signingIn;
    expect(outcome instanceof InvalidCredentials || (outcome as SignedIn).userId === ada.id).toBe(true);
    expect(await app.services.viewers.find(ada.id)).toBeUndefined();
  });

  it('takes no password that has been changed while it was checked', async () => {
    const ada = await register();
    const { signingIn } = await app.database.models.write(async (transaction) => {
      await transaction.execute('UPDATE users SET password_hash = ? WHERE id = ?', 'new', ada.id);
      const pending = app.services.accounts.signIn(ada.username, PASSWORD, A_PROGRAM).catch((error: unknown) => error);
      await app.database.engine.read('SELECT 1'); // behind the sign-in's: it has the old password now
      return { signingIn: pending };
    });

    expect(await signingIn).toBeInstanceOf(InvalidCredentials);
  });

  it('loses no change that is made while the password is checked', async () => {
    const ada = await register();
    const signingIn = app.services.accounts.signIn(ada.username, PASSWORD, A_PROGRAM);
    await app.services.users.update(admin, ada.id, { name: 'Changed meanwhile', role: 'admin' });
    await signingIn;

    expect(await viewerOf(ada.id)).toMatchObject({ name: 'Changed meanwhile', role: 'admin' });
  });
});
