import { z } from 'zod';
import { ROLES } from '../../models/user.js';
import { USER_SORT_FIELDS } from '../../services/users/user-service.js';
import type { Viewer } from '../../services/viewer.js';
import { clearableText, isWebAddress, pagination, paging, password, sort, text } from '../fields.schema.js';

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
export const userSchema = publicUserSchema
  .extend({
    email: z.string(),
    age: z.int().nullable(),
    role: z.enum(ROLES),
    isActive: z.boolean(),
    lastLogin: z.iso.datetime().nullable(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });

export const userAnswer = z.object({ user: userSchema });
export const anyUserAnswer = z.object({ user: z.union([userSchema, publicUserSchema]) });
export const userListAnswer = z.object({ users: z.array(userSchema), pagination });

export const username = text(3, 20).refine((name) => /^[\p{L}\p{N}._-]+$/u.test(name), {
  params: { sentence: 'username' },
});
export const email = text(3, 254).pipe(z.email());

const webAddress = clearableText(200, isWebAddress, 'url');
/** A picture on the web, or one of our own by its path. */
const picture = clearableText(500, (address) => /^\/(?!\/)/.test(address) || isWebAddress(address), 'url');

const profileFields = z.strictObject({
  firstName: clearableText(50),
  lastName: clearableText(50),
  bio: clearableText(500),
  website: webAddress,
  location: clearableText(100),
});

/** Every field of a replaced account: what is left out is cleared. */
export const replacedUserSchema = z.strictObject({
  username,
  email,
  password: password.optional(),
  name: clearableText(50),
  age: z.int().min(0).max(150).nullable().optional(),
  avatar: picture,
  role: z.enum(ROLES).optional(),
  isActive: z.boolean().optional(),
  profile: profileFields.optional(),
});
export const newUserSchema = replacedUserSchema.extend({ password });
export const changedUserSchema = replacedUserSchema.partial();

export const userListQuery = z.object({
  ...paging,
  name: text(0, 50).optional(),
  search: text(0, 100).optional(),
  sort: sort(USER_SORT_FIELDS, { field: 'createdAt', descending: true }),
});

/** For others. */
export function presentPublicUser(user: Viewer): z.input<typeof publicUserSchema> {
  const { id, username, name, avatar, firstName, lastName, bio, website, location, createdAt } = user;
  return {
    id,
    username,
    name,
    avatar,
    profile: { firstName, lastName, bio, website, location },
    fullName: [firstName, lastName].filter(Boolean).join(' ') || name || username,
    createdAt: createdAt.toISOString(),
  };
}

/** For the owner and administrators. */
export function presentUser(user: Viewer): z.input<typeof userSchema> {
  const { email, age, role, isActive, lastLogin, updatedAt } = user;
  return {
    ...presentPublicUser(user),
    email,
    age,
    role,
    isActive,
    lastLogin: lastLogin?.toISOString() ?? null,
    updatedAt: updatedAt.toISOString(),
  };
}
