import { describe, expect, it } from 'vitest';
import { userPolicy } from './user-policy.js';

const admin = { id: 1, role: 'admin' } as const;
const ada = { id: 2, role: 'user' } as const;
const bob = { id: 3, role: 'user' } as const;

/** Who may do it: to oneself, to another, as an administrator to others. */
const TABLE = [
  ['list', () => userPolicy.list(ada), () => userPolicy.list(ada), () => userPolicy.list(admin), [false, false, true]],
  [
    'create',
    () => userPolicy.create(ada),
    () => userPolicy.create(ada),
    () => userPolicy.create(admin),
    [false, false, true],
  ],
  [
    'readAll',
    () => userPolicy.readAll(ada, ada),
    () => userPolicy.readAll(ada, bob),
    () => userPolicy.readAll(admin, bob),
    [true, false, true],
  ],
  [
    'update',
    () => userPolicy.update(ada, ada),
    () => userPolicy.update(ada, bob),
    () => userPolicy.update(admin, bob),
    [true, false, true],
  ],
  [
    'govern',
    () => userPolicy.govern(ada),
    () => userPolicy.govern(ada),
    () => userPolicy.govern(admin),
    [false, false, true],
  ],
  [
    'remove',
    () => userPolicy.remove(ada),
    () => userPolicy.remove(ada),
    () => userPolicy.remove(admin),
    [false, false, true],
  ],
] as const;

describe('userPolicy', () => {
  it.each(TABLE)('%s: oneself, another, as administrator', (_name, oneself, another, asAdmin, expected) => {
    expect([oneself(), another(), asAdmin()]).toEqual(expected);
  });

  it('has a rule in this table for everything it decides', () => {
    expect(TABLE.map(([name]) => name).toSorted()).toEqual(Object.keys(userPolicy).toSorted());
  });
});
