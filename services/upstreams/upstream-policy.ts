import { isAdmin, type Subject } from '../viewer.js';

/** Who may see the state of the upstreams. Pure: no I/O, no HTTP. */
export const upstreamPolicy = {
  read: (viewer: Subject) => isAdmin(viewer),
};
