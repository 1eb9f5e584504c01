import type { z } from 'zod';
import type { deviceSchema } from '../../routes/auth/devices.schema';
import type { registerSchema } from '../../routes/auth/auth.schema';
import type { newPersonalTokenSchema, personalTokenSchema } from '../../routes/auth/personal-tokens.schema';
import type { pagination } from '../../routes/fields.schema';
import type { upstreamsAnswer } from '../../routes/upstreams/upstreams.schema';
import type {
  changedUserSchema,
  contentCountsAnswer,
  newUserSchema,
  removedUserQuery,
  userListAnswer,
  userSchema,
} from '../../routes/users/users.schema';

/** The server's contracts under the names that pages use: `z.output` of what it sends, `z.input` of what it takes. */

export type { Locale } from '../../views/locales/index';

export type User = z.output<typeof userSchema>;
export type Role = User['role'];
export type Profile = User['profile'];
export type UserList = z.output<typeof userListAnswer>;
export type Pagination = z.output<typeof pagination>;
export type ContentCounts = z.output<typeof contentCountsAnswer>['content'];
/** What happens to the posts and comments of a deleted account. */
export type ContentChoice = NonNullable<z.input<typeof removedUserQuery>['content']>;

export type Registration = z.input<typeof registerSchema>;
/** A change to a user: a field left out stays as it is, `null` clears it. The server refuses unknown fields. */
export type UserPatch = z.input<typeof changedUserSchema>;
export type NewUser = z.input<typeof newUserSchema>;

/** Where one is signed in. A program has no `os`. */
export type Device = z.output<typeof deviceSchema>;
export type PersonalToken = z.output<typeof personalTokenSchema>;
export type NewPersonalToken = z.input<typeof newPersonalTokenSchema>;

/** A service behind the gateway, as the process that was asked knows it. */
export type Upstream = z.output<typeof upstreamsAnswer>['upstreams'][number];
export type UpstreamInstance = Upstream['instances'][number];
export type InstanceState = UpstreamInstance['state'];
