import { isAdmin, type Subject } from '../viewer.js';

/** Who may see how this installation is set up. Pure: no I/O, no HTTP. */
export const doctorPolicy = {
  read: (viewer: Subject) => isAdmin(viewer),
};
