import { isAdmin, type Subject } from '../viewer.js';

/** Who may do what with an uploaded picture; everyone with its address can see it. Pure: no I/O, no HTTP. */
export const mediaPolicy = {
  /** The owner knows where it is used; administrators remove what must not be here. */
  remove: (viewer: Subject, { ownerId }: { ownerId: number | null }) => viewer.id === ownerId || isAdmin(viewer),
  /** The list of everybody's. */
  oversee: (viewer: Subject) => isAdmin(viewer),
};
