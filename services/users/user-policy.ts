import type { Viewer } from '../viewer.js';

type Someone = Pick<Viewer, 'id'>;
type Actor = Pick<Viewer, 'id' | 'role'>;

/** Who may do what with an account. Pure: no I/O, no HTTP. */
export const userPolicy = {
  list: (viewer: Actor) => isAdmin(viewer),
  create: (viewer: Actor) => isAdmin(viewer),
  /** All fields, e-mail address included; everybody else sees the public profile. */
  readAll: (viewer: Actor, user: Someone) => isAdmin(viewer) || viewer.id === user.id,
  update: (viewer: Actor, user: Someone) => isAdmin(viewer) || viewer.id === user.id,
  /** Role and active state. */
  govern: (viewer: Actor) => isAdmin(viewer),
  remove: (viewer: Actor) => isAdmin(viewer),
};

function isAdmin(viewer: Actor): boolean {
  return viewer.role === 'admin';
}
