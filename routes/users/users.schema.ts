import { z } from 'zod';
import { ROLES } from '../../models/users/user.js';
import { CONTENT_CHOICES } from '../../services/users/account-removal.js';
import { USER_SORT_FIELDS } from '../../models/users/users.js';
import { isUnambiguous } from '../../services/users/username.js';
import type { Viewer } from '../../services/viewer.js';
import {
  clearable,
  clearableAddress,
  clearableName,
  isWebAddress,
  longText,
  name,
  pagination,
  paging,
  currentPassword,
  password,
  picture,
  sort,
  text,
} from '../fields.schema.js';

const profileSchema = z.object({
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  bio: z.string().nullable(),
  website: z.string().nullable(),
  location: z.string().nullable(),
});

/** What everybody may see of an account. */
export const publicUserSchema = z
  .object({
    id: z.int(),
    username: z.string(),
    name: z.string().nullable(),
    avatar: z.string().nullable(),
    profile: profileSchema,
    fullName: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'PublicUser' });

/** What its owner and administrators see of it. */
export const userSchema = z
  .object({
    id: z.int(),
    username: z.string(),
    email: z.string(),
    name: z.string().nullable(),
    age: z.int().nullable(),
    avatar: z.string().nullable(),
    role: z.enum(ROLES),
    isActive: z.boolean(),
    profile: profileSchema,
    fullName: z.string(),
    lastLogin: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });

export const userAnswer = z.object({ user: userSchema });
export const followAnswer = z.object({
  following: z.boolean(),
  followers: z.int().describe('How many people follow this person'),
});

const followCounts = {
  followers: z.int(),
  following: z.int().describe('How many people this person follows'),
  followedByMe: z.boolean(),
};
export const profileAnswer = z.object({ user: publicUserSchema, ...followCounts });
export const anyUserAnswer = z.object({ user: z.union([userSchema, publicUserSchema]), ...followCounts });
/** Names from before a rule stay valid in addresses. */
export const usernameParams = z.object({ username: text(1, 100).meta({ example: 'ada' }) });
export const userListAnswer = z.object({ users: z.array(userSchema), pagination });

export const username = name(3, 20).refine((line) => /^[\p{L}\p{M}\p{N}._-]+$/u.test(line), {
  params: { sentence: 'username' },
});
/** Of a new account: a name from before the rule stays as it is. */
export const newUsername = username.refine(isUnambiguous, { params: { sentence: 'mixedScripts' } });
export const email = text(3, 254).pipe(z.email()).meta({ example: 'ada@example.com' });

const webAddress = clearableAddress(200, isWebAddress).meta({ example: 'https://example.com/' });

const profileFields = z.strictObject({
  firstName: clearableName(50),
  lastName: clearableName(50),
  bio: clearable(longText(0, 500)),
  website: webAddress,
  location: clearableName(100),
});

const accountSchema = z.strictObject({
  username,
  email,
  password: password.optional(),
  name: clearableName(50),
  age: z.int().min(0).max(150).nullable().optional(),
  avatar: picture,
  role: z.enum(ROLES).optional(),
  isActive: z.boolean().optional(),
  profile: profileFields.optional(),
});
export const newUserSchema = accountSchema.extend({ username: newUsername, password });
/** Every field of a replaced account: what is left out is cleared. */
export const replacedUserSchema = accountSchema.extend({ currentPassword: currentPassword.optional() });
export const changedUserSchema = replacedUserSchema.partial();

export const contentCountsAnswer = z.object({
  content: z.object({ posts: z.int(), comments: z.int(), pictures: z.int() }),
});

export const removedUserQuery = z.object({
  content: z
    .enum(CONTENT_CHOICES)
    .default('keep')
    .describe(
      'keep: posts and comments stay without an author, and so do the pictures in these posts. ' +
        'delete: they are deleted, with all comments on these posts and all pictures of the account.',
    ),
});

export const userListQuery = z.object({
  ...paging,
  name: text(0, 50).optional(),
  search: text(0, 100).optional(),
  sort: sort(USER_SORT_FIELDS, { field: 'createdAt', descending: true }),
});

/** For others. */
export function presentPublicUser(user: Viewer): z.input<typeof publicUserSchema> {
  const { id, username, name, avatar, createdAt } = user;
  return {
    id,
    username,
    name,
    avatar,
    profile: presentProfile(user),
    fullName: fullNameOf(user),
    createdAt: createdAt.toISOString(),
  };
}

/** For the owner and administrators. */
export function presentUser(user: Viewer): z.input<typeof userSchema> {
  const { id, username, name, avatar, email, age, role, isActive, lastLogin, createdAt, updatedAt } = user;
  return {
    id,
    username,
    email,
    name,
    age,
    avatar,
    role,
    isActive,
    profile: presentProfile(user),
    fullName: fullNameOf(user),
    lastLogin: lastLogin?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

function presentProfile({ firstName, lastName, bio, website, location }: Viewer): z.input<typeof profileSchema> {
  return { firstName, lastName, bio, website, location };
}

function fullNameOf({ firstName, lastName, name, username }: Viewer): string {
  return [firstName, lastName].filter(Boolean).join(' ') || name || username;
}
