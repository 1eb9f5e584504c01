/** Stable and machine-readable: clients switch on these, so never reword one. */
export type ErrorCode =
  | 'validation_failed'
  | 'email_taken'
  | 'username_taken'
  | 'not_signed_in'
  | 'invalid_credentials'
  | 'invalid_token'
  | 'token_expired'
  | 'token_reused'
  | 'forbidden'
  | 'reauthentication_required'
  | 'not_found'
  | 'last_admin'
  | 'account_active'
  | 'version_conflict'
  | 'already_set_up'
  | 'category_taken'
  | 'self_follow'
  | 'quota_exceeded'
  | 'too_many_tokens'
  | 'too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'upstream_failed'
  | 'unavailable'
  | 'upstream_timeout';

/** One thing that is wrong with the input. `path` is the field's name, dotted where it is nested. */
export interface Problem {
  path: string;
  message: string;
}

interface DomainErrorOptions extends ErrorOptions {
  /** Each bad field with a sentence in the person's language. */
  problems?: readonly Problem[];
  /** The fields that the error's own sentence is about. */
  fields?: readonly string[];
  /** Key of the sentence that says of `fields` more than the error's own does. */
  sentence?: string;
  /** Seconds until another try makes sense. */
  retryAfterSeconds?: number;
  /** How often it may be done, where it has been done too often. */
  limit?: number;
}

/** A failure the caller can act on. Anything else that is thrown is a bug. */
export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode;
  readonly problems: readonly Problem[] | undefined;
  readonly fields: readonly string[];
  readonly sentence: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly limit: number | undefined;

  /** @param message for the log; what people read comes from the locale, by `code`. */
  constructor(
    message?: string,
    { problems, fields = [], sentence, retryAfterSeconds, limit, cause }: DomainErrorOptions = {},
  ) {
    super(message, { cause });
    this.name = new.target.name;
    this.problems = problems;
    this.fields = fields;
    this.sentence = sentence;
    this.retryAfterSeconds = retryAfterSeconds;
    this.limit = limit;
  }
}

export class ValidationFailed extends DomainError {
  readonly code = 'validation_failed';
}
export class EmailTaken extends DomainError {
  readonly code = 'email_taken';
  override readonly fields = ['email'];
}
export class UsernameTaken extends DomainError {
  readonly code = 'username_taken';
  override readonly fields = ['username'];
}
export class NotSignedIn extends DomainError {
  readonly code = 'not_signed_in';
}
export class InvalidCredentials extends DomainError {
  readonly code = 'invalid_credentials';
}
export class InvalidToken extends DomainError {
  readonly code = 'invalid_token';
}
export class TokenExpired extends DomainError {
  readonly code = 'token_expired';
}
/** A refresh token was used twice: one of the two callers has stolen it. */
export class TokenReused extends DomainError {
  readonly code = 'token_reused';
  readonly userId: number;
  /** Where its family was last refreshed from, and where the token has come from now. */
  readonly addresses: readonly [string, string];

  constructor(
    message: string | undefined,
    { userId, addresses, ...options }: DomainErrorOptions & Pick<TokenReused, 'userId' | 'addresses'>,
  ) {
    super(message, options);
    this.userId = userId;
    this.addresses = addresses;
  }
}
export class Forbidden extends DomainError {
  readonly code = 'forbidden';
}
/** The change requires the current password or a recent sign-in. */
export class ReauthenticationRequired extends DomainError {
  readonly code = 'reauthentication_required';
  override readonly fields = ['currentPassword'];
}
export class NotFound extends DomainError {
  readonly code = 'not_found';
}
/** The last active administrator cannot be deleted, deactivated or demoted: no account could undo it. */
export class LastAdmin extends DomainError {
  readonly code = 'last_admin';
}
/** An account that is being deleted has been activated again; what is left of it stays. */
export class AccountActive extends DomainError {
  readonly code = 'account_active';
}
/** It was edited since the version that the writer has seen. */
export class VersionConflict extends DomainError {
  readonly code = 'version_conflict';

  /** @param current the version that it has. */
  constructor(readonly current: number) {
    super();
  }
}
export class AlreadySetUp extends DomainError {
  readonly code = 'already_set_up';
}
/** Another category goes by one of these names already, in whichever language, or has this slug. */
export class CategoryTaken extends DomainError {
  readonly code = 'category_taken';
}
export class SelfFollow extends DomainError {
  readonly code = 'self_follow';
}
/** The account's quota is used up; deleting files frees space. */
export class QuotaExceeded extends DomainError {
  readonly code = 'quota_exceeded';
}
/** As many personal access tokens as one account may have; revoking one makes room. */
export class TooManyTokens extends DomainError {
  readonly code = 'too_many_tokens';
}
export class TooLarge extends DomainError {
  readonly code = 'too_large';
}
export class UnsupportedMediaType extends DomainError {
  readonly code = 'unsupported_media_type';
}
/** Done too often of late. */
export class RateLimited extends DomainError {
  readonly code = 'rate_limited';
}
/** Something we need is away or busy; trying again later may work. */
export class Unavailable extends DomainError {
  readonly code = 'unavailable';
}
/** A service behind us is away, or answers what is no answer. `fields` names it. */
export class UpstreamFailed extends DomainError {
  readonly code = 'upstream_failed';
}
/** A service behind us has not answered in the time that its declaration gives it. `fields` names it. */
export class UpstreamTimeout extends DomainError {
  readonly code = 'upstream_timeout';
}
