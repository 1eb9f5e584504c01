import { ROLES } from '../../models/users/user.js';
import { categoryPolicy } from '../../services/categories/category-policy.js';
import { commentPolicy } from '../../services/comments/comment-policy.js';
import { credentialPolicy } from '../../services/accounts/credential-policy.js';
import { doctorPolicy } from '../../services/doctor/doctor-policy.js';
import { mediaPolicy } from '../../services/media/media-policy.js';
import { postPolicy } from '../../services/posts/post-policy.js';
import { statsPolicy } from '../../services/stats/stats-policy.js';
import { upstreamPolicy } from '../../services/upstreams/index.js';
import { userPolicy } from '../../services/users/user-policy.js';
import type { Actor } from '../../services/actor.js';

export const ANONYMOUS = 'anonymous';
export const WHO = [ANONYMOUS, ...ROLES] as const;
export type Who = (typeof WHO)[number];
export type Whose = 'own' | 'other’s';

interface Action {
  /** The action, worded as in docs/security.md. */
  name: string;
  /** The rule that decides, such as `postPolicy.update`; a test asserts that every rule is in the table. */
  rule: string;
  /** @param actor undefined for an anonymous caller. @param owner the account that owns the row. */
  may: (actor: Actor | undefined, owner: number) => boolean;
}

const ANOTHER_ACCOUNT = 900;
const draft = (authorId: number) => ({ authorId, status: 'draft' }) as const;
const published = (authorId: number) => ({ authorId, status: 'published' }) as const;
const signedIn =
  (may: (actor: Actor, owner: number) => boolean): Action['may'] =>
  (actor, owner) =>
    actor !== undefined && may(actor, owner);

const byToken = (may: (actor: Actor, owner: number) => boolean) =>
  signedIn((actor, owner) => may({ ...actor, kind: 'personal-token' }, owner));

/** Every action that a policy decides about. */
export const ACTIONS = [
  { name: 'read a published post', rule: 'postPolicy.read', may: (who, id) => postPolicy.read(who, published(id)) },
  {
    name: 'read a draft or an archived post',
    rule: 'postPolicy.read',
    may: (who, id) => postPolicy.read(who, draft(id)),
  },
  {
    name: 'list unpublished posts',
    rule: 'postPolicy.oversee',
    may: signedIn((who, id) => who.id === id || postPolicy.oversee(who)),
  },
  {
    name: 'change, publish or archive a post',
    rule: 'postPolicy.update',
    may: signedIn((who, id) => postPolicy.update(who, published(id))),
  },
  {
    name: 'delete a post',
    rule: 'postPolicy.remove',
    may: signedIn((who, id) => postPolicy.remove(who, published(id))),
  },
  {
    name: 'read the comments on a post',
    rule: 'commentPolicy.read',
    may: (who, id) => commentPolicy.read(who, published(id)),
  },
  {
    name: 'comment on a post',
    rule: 'commentPolicy.write',
    may: signedIn((who, id) => commentPolicy.write(who, published(id))),
  },
  {
    name: 'change a comment',
    rule: 'commentPolicy.update',
    may: signedIn((who, id) => commentPolicy.update(who, { authorId: id })),
  },
  {
    name: 'delete a comment',
    rule: 'commentPolicy.remove',
    may: signedIn((who, id) => commentPolicy.remove(who, { authorId: id }, published(ANOTHER_ACCOUNT))),
  },
  {
    name: 'delete others’ comments on a post',
    rule: 'commentPolicy.remove',
    may: signedIn((who, id) => commentPolicy.remove(who, { authorId: ANOTHER_ACCOUNT }, published(id))),
  },
  { name: 'add a category', rule: 'categoryPolicy.create', may: signedIn((who) => categoryPolicy.create(who)) },
  {
    name: 'delete a picture',
    rule: 'mediaPolicy.remove',
    may: signedIn((who, ownerId) => mediaPolicy.remove(who, { ownerId })),
  },
  {
    name: 'see figures about the site',
    rule: 'statsPolicy.overview',
    may: signedIn((who) => statsPolicy.overview(who)),
  },
  {
    name: 'see how the installation is set up',
    rule: 'doctorPolicy.read',
    may: signedIn((who) => doctorPolicy.read(who)),
  },
  {
    name: 'see what is behind the gateway',
    rule: 'upstreamPolicy.read',
    may: signedIn((who) => upstreamPolicy.read(who)),
  },
  {
    name: 'manage one’s sign-ins, access tokens and password',
    rule: 'credentialPolicy.manage',
    may: signedIn((who, id) => who.id === id && credentialPolicy.manage(who)),
  },
  {
    name: 'end a sign-in',
    rule: 'credentialPolicy.end',
    may: signedIn((who, userId) => credentialPolicy.end(who, { userId })),
  },
  {
    name: 'end an access token',
    rule: 'credentialPolicy.end',
    may: signedIn((who, userId) => credentialPolicy.end(who, { userId })),
  },
  { name: 'list accounts', rule: 'userPolicy.list', may: signedIn((who) => userPolicy.list(who)) },
  {
    name: 'create an account for another person',
    rule: 'userPolicy.create',
    may: signedIn((who) => userPolicy.create(who)),
  },
  {
    name: 'see an account’s e-mail address, role and state',
    rule: 'userPolicy.readAll',
    may: signedIn((who, id) => userPolicy.readAll(who, { id })),
  },
  { name: 'change an account', rule: 'userPolicy.update', may: signedIn((who, id) => userPolicy.update(who, { id })) },
  {
    name: 'set a password without the current one',
    rule: 'userPolicy.setPassword',
    may: signedIn((who, id) => userPolicy.setPassword(who, { id })),
  },
  {
    name: 'change an account’s role or state',
    rule: 'userPolicy.govern',
    may: signedIn((who) => userPolicy.govern(who)),
  },
  {
    name: 'change an account’s e-mail address or user name',
    rule: 'userPolicy.identify',
    may: signedIn((who, id) => userPolicy.identify(who, { id })),
  },
  { name: 'delete an account', rule: 'userPolicy.remove', may: signedIn((who) => userPolicy.remove(who)) },
  {
    name: 'delete one’s own account, with the password',
    rule: 'userPolicy.leave',
    may: signedIn((who, id) => userPolicy.leave(who, { id })),
  },
  {
    name: 'export one’s own data',
    rule: 'userPolicy.export',
    may: signedIn((who, id) => userPolicy.export(who, { id })),
  },
  {
    name: 'by a personal access token: change an account’s e-mail address or user name',
    rule: 'userPolicy.identify',
    may: byToken((who, id) => userPolicy.identify(who, { id })),
  },
  {
    name: 'by a personal access token: change an account’s role, state or password',
    rule: 'userPolicy.govern',
    may: byToken((who, id) => userPolicy.govern(who) || userPolicy.setPassword(who, { id })),
  },
  {
    name: 'by a personal access token: create or delete an account',
    rule: 'userPolicy.remove',
    may: byToken((who) => userPolicy.create(who) || userPolicy.remove(who) || userPolicy.leave(who, { id: who.id })),
  },
  {
    name: 'by a personal access token: manage one’s sign-ins, access tokens and password',
    rule: 'credentialPolicy.manage',
    may: byToken((who, id) => who.id === id && credentialPolicy.manage(who)),
  },
  { name: 'follow an account', rule: 'userPolicy.follow', may: signedIn((who, id) => userPolicy.follow(who, { id })) },
] as const satisfies readonly Action[];

export type ActionName = (typeof ACTIONS)[number]['name'];

/** Whether the policies allow the action. */
export function mayDo(name: ActionName, who: Who, whose: Whose): boolean {
  const action: Action | undefined = ACTIONS.find((known) => known.name === name);
  if (!action) throw new Error(`no such action: ${name}`);
  const actor: Actor | undefined =
    who === ANONYMOUS ? undefined : { id: 1, role: who, kind: 'session', credentialId: 1 };
  return action.may(actor, whose === 'own' ? 1 : 2);
}

/** The table of docs/security.md, without the padding that makes it pretty. */
export function policyTable(): string[][] {
  const columns = ROLES.flatMap((role) => (['own', 'other’s'] as const).map((whose) => [role, whose] as const));
  const mark = (may: boolean) => (may ? 'yes' : '–');
  return [
    ['action', ANONYMOUS, ...columns.map(([role, whose]) => `${role}, ${whose}`)],
    ...ACTIONS.map(({ name }) => [
      name,
      mark(mayDo(name, ANONYMOUS, 'other’s')),
      ...columns.map(([role, whose]) => mark(mayDo(name, role, whose))),
    ]),
  ];
}
