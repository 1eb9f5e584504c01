import { isInPerson, type Actor } from '../actor.js';
import { isAdmin, type Subject } from '../viewer.js';

type Someone = Pick<Subject, 'id'>;
type Acting = Pick<Actor, 'id' | 'role' | 'kind'>;

/** Who may do what with an account. Pure: no I/O, no HTTP. */
export const userPolicy = {
  list: (viewer: Subject) => isAdmin(viewer),
  create: (actor: Acting) => isInPerson(actor) && isAdmin(actor),
  /** All fields, e-mail address included; all others see the public profile. */
  readAll: (viewer: Subject, user: Someone) => isAdmin(viewer) || viewer.id === user.id,
  update: (actor: Subject, user: Someone) => isAdmin(actor) || actor.id === user.id,
  /** E-mail address and user name: by these an account signs in, or gets it back. */
  identify: (actor: Acting, user: Someone) => isInPerson(actor) && (isAdmin(actor) || actor.id === user.id),
  /** Without the current one; one's own is changed at the account, with the current one. */
  setPassword: (actor: Acting, user: Someone) => isInPerson(actor) && isAdmin(actor) && actor.id !== user.id,
  /** Role and active state. */
  govern: (actor: Acting) => isInPerson(actor) && isAdmin(actor),
  remove: (actor: Acting) => isInPerson(actor) && isAdmin(actor),
  /** One's own, with the current password. */
  leave: (actor: Acting, user: Someone) => isInPerson(actor) && actor.id === user.id,
  /** One's own data. Not by a personal access token: it may read less. */
  export: (actor: Acting, user: Someone) => isInPerson(actor) && actor.id === user.id,
  follow: (viewer: Subject, user: Someone) => viewer.id !== user.id,
};
