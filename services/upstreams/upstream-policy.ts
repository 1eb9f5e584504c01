import { isAdmin, type Subject } from '../viewer.js';

/** Who may see what is behind the gateway. Pure: no I/O, no HTTP. */
export const upstreamPolicy = {
  read: (viewer: Subject) => isAdmin(viewer),
};
