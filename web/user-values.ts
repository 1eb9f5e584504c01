import type { NewUser, Profile, Role, User, UserPatch } from './api/types';

/** A user as form fields: every text is a string, since that is what an input holds. */
export interface PersonValues {
  username: string;
  email: string;
  name: string;
  age: string;
  avatar: string;
  profile: Record<keyof Profile, string>;
}

export interface UserValues extends PersonValues {
  role: Role;
  isActive: boolean;
}

export interface NewUserValues extends UserValues {
  password: string;
}

export const NO_USER: NewUserValues = {
  username: '',
  email: '',
  password: '',
  name: '',
  age: '',
  avatar: '',
  role: 'user',
  isActive: true,
  profile: { firstName: '', lastName: '', bio: '', website: '', location: '' },
};

export function personValues(user: User): PersonValues {
  const { firstName, lastName, bio, website, location } = user.profile;
  return {
    username: user.username,
    email: user.email,
    name: user.name ?? '',
    age: user.age?.toString() ?? '',
    avatar: user.avatar ?? '',
    profile: {
      firstName: firstName ?? '',
      lastName: lastName ?? '',
      bio: bio ?? '',
      website: website ?? '',
      location: location ?? '',
    },
  };
}

export function userValues(user: User): UserValues {
  return { ...personValues(user), role: user.role, isActive: user.isActive };
}

/** Returns only the changed fields, so that the request does not overwrite another person's changes. */
export function patchFrom<V extends PersonValues>(before: V, after: V): UserPatch {
  const profile = changed(fromFields(before.profile), fromFields(after.profile));
  return {
    ...changed(payload(before), payload(after)),
    ...(Object.keys(profile).length > 0 ? { profile } : {}),
  };
}

export function newUserFrom(values: NewUserValues): NewUser {
  return {
    ...patchFrom(NO_USER, values),
    username: values.username.trim(),
    email: values.email.trim(),
    password: values.password,
  };
}

type Flat = Omit<UserPatch, 'profile'>;

function payload({ profile: _profile, ...values }: PersonValues & Partial<UserValues>): Flat {
  return {
    username: values.username.trim(),
    email: values.email.trim(),
    name: values.name.trim() || null,
    age: values.age === '' ? null : Number(values.age),
    avatar: values.avatar.trim() || null,
    ...(values.role === undefined ? {} : { role: values.role }),
    ...(values.isActive === undefined ? {} : { isActive: values.isActive }),
  };
}

/** An empty field is no value: `null` clears it on the server. */
function fromFields(profile: PersonValues['profile']): Profile {
  return {
    firstName: profile.firstName.trim() || null,
    lastName: profile.lastName.trim() || null,
    bio: profile.bio.trim() || null,
    website: profile.website.trim() || null,
    location: profile.location.trim() || null,
  };
}

function changed<T extends object>(before: T, after: T): Partial<T> {
  const result: Partial<T> = {};
  for (const key in after) if (after[key] !== before[key]) result[key] = after[key];
  return result;
}
