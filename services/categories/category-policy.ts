import type { Viewer } from '../viewer.js';

/** Who may do what with categories; everybody sees them. Pure: no I/O, no HTTP. */
export const categoryPolicy = {
  create: (viewer: Pick<Viewer, 'role'>) => viewer.role === 'admin',
};
