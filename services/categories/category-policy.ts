import { isAdmin, type Subject } from '../viewer.js';

/** Who may do what with categories; everybody sees them. Pure: no I/O, no HTTP. */
export const categoryPolicy = {
  create: (viewer: Subject) => isAdmin(viewer),
};
