import { ApiError } from './client';

/**
 * Says at its field that a current password was wrong: the server speaks of credentials in general.
 *
 * @returns `error` itself when it says something else.
 */
export function atCurrentPassword(error: unknown, path: string, message: string): unknown {
  if (!(error instanceof ApiError && error.code === 'invalid_credentials')) return error;
  const { status, code, requestId } = error;
  return new ApiError({ status, code, message, details: [{ path, message }], requestId });
}
