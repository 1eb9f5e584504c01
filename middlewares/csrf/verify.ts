import { CsrfFailed } from '../http/request-errors.js';
import type { Context } from '../state.js';
import type { FormTokens } from './form-tokens.js';

/** What the headers of an unsafe request have left open. */
export type PendingCsrf =
  /** An HTML form cannot send headers: it has to hold a `_csrf` field, which is known once its body is parsed. */
  | { kind: 'form'; tokens: Pick<FormTokens, 'check'>; isVerified: boolean }
  /** A page elsewhere that CORS lets in: it may do what its own token may, and nothing that is open to all. */
  | { kind: 'cross-origin' };

/** What a caller of `verifyCsrf` knows about the request. */
interface Known {
  /** The `_csrf` field of the parsed body. */
  formToken?: unknown;
  /** Whether the route is open to anonymous callers, such as the sign-in. */
  isPublic?: boolean;
}

/**
 * Verifies what the layer `csrf` has left open. Asked by the body parser with the form's token, by the gateway, which
 * reads no body, without one, and by each route.
 *
 * @throws CsrfFailed
 */
export function verifyCsrf({ state: { csrf, session } }: Context, { formToken, isPublic = false }: Known): void {
  if (csrf?.kind === 'form' && !csrf.isVerified) {
    csrf.tokens.check(session?.id, formToken);
    csrf.isVerified = true;
  }
  if (csrf?.kind === 'cross-origin' && isPublic) throw new CsrfFailed();
}
