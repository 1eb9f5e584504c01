import { isAdmin, type Actor } from '../viewer.js';

type Someone = Pick<Actor, 'id'>;

/** Who may do what with an account. Pure: no I/O, no HTTP. */
export const userPolicy = {
  list: (viewer: Actor) => isAdmin(viewer),
  create: (viewer: Actor) => isAdmin(viewer),
  /** All fields, e-mail address included; everybody else sees the public profile. */
  readAll: (viewer: Actor, user: Someone) => isAdmin(viewer) || viewer.id === user.id,
  update: (viewer: Actor, user: Someone) => isAdmin(viewer) || viewer.id === user.id,
  /** Without the current one; one's own is changed at the account, with the current one at hand. */
  setPassword: (viewer: Actor, user: Someone) => isAdmin(viewer) && viewer.id !== user.id,
  /** Role and active state. */
  govern: (viewer: Actor) => isAdmin(viewer),
  remove: (viewer: Actor) => isAdmin(viewer),
  follow: (viewer: Actor, user: Someone) => viewer.id !== user.id,
};
