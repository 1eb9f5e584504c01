import { describe, expect, it } from 'vitest';
import { commentPolicy } from './comment-policy.js';

type Actor = { id: number; role: 'user' | 'editor' | 'admin' };
type Row = [string, (actor: Actor | undefined) => boolean | undefined, (boolean | undefined)[]];

const admin = { id: 1, role: 'admin' } as const;
const editor = { id: 5, role: 'editor' } as const;
const author = { id: 2, role: 'user' } as const;
const commenter = { id: 3, role: 'user' } as const;
const other = { id: 4, role: 'user' } as const;

const comment = { authorId: commenter.id };
const published = { authorId: author.id, status: 'published' } as const;
const draft = { authorId: author.id, status: 'draft' } as const;

/** Who may do it: an anonymous caller, another, the comment's author, the post's author, an editor, an administrator. */
const TABLE: Row[] = [
  ['read', (actor: Actor | undefined) => commentPolicy.read(actor, published), [true, true, true, true, true, true]],
  ['read below a draft', (actor) => commentPolicy.read(actor, draft), [false, false, false, true, true, true]],
  ['write', (actor) => actor && commentPolicy.write(actor, published), [undefined, true, true, true, true, true]],
  [
    'write below a draft',
    (actor) => actor && commentPolicy.write(actor, draft),
    [undefined, false, false, true, true, true],
  ],
  ['update', (actor) => actor && commentPolicy.update(actor, comment), [undefined, false, true, false, false, false]],
  [
    'remove',
    (actor) => actor && commentPolicy.remove(actor, comment, published),
    [undefined, false, true, true, true, true],
  ],
];

describe('commentPolicy', () => {
  it.each(TABLE)(
    '%s: anonymous caller, another, comment’s author, post’s author, editor, administrator',
    (_name, may, expected) => {
      expect([undefined, other, commenter, author, editor, admin].map((actor) => may(actor))).toEqual(expected);
    },
  );
});
