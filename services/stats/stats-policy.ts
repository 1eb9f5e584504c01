import { isAdmin, type Actor } from '../viewer.js';

/** Who may see figures about the whole site. Pure: no I/O, no HTTP. */
export const statsPolicy = {
  overview: (viewer: Actor) => isAdmin(viewer),
};
