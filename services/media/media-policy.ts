import type { Subject } from '../viewer.js';

/** Who may do what with an uploaded picture; everyone with its address can see it. Pure: no I/O, no HTTP. */
export const mediaPolicy = {
  /** Only the owner knows where it is used. */
  remove: (viewer: Subject, { ownerId }: { ownerId: number | null }) => viewer.id === ownerId,
};
