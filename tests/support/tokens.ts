import type { RunningServer } from '../../app/server.js';
import { credentialsChanged } from '../../services/cache/invalidation.js';
import type { Device } from '../../services/accounts/sign-ins.js';

export const A_PROGRAM: Device = { kind: 'tokens', browser: 'a test', os: null, address: '127.0.0.1' };

/** An access token for an account, without the time that its password would take to hash. */
export async function tokenFor({ services, database }: Pick<RunningServer, 'services' | 'database'>, userId: number) {
  const begun = await database.models.write(
    (transaction) => services.signIns.begin(transaction, userId, A_PROGRAM),
    credentialsChanged({ userId }),
  );
  return services.accessTokens.issue(begun).token;
}
