import { isAdmin, type Subject } from '../viewer.js';

/** Who may see figures about the whole site. Pure: no I/O, no HTTP. */
export const statsPolicy = {
  overview: (viewer: Subject) => isAdmin(viewer),
};
