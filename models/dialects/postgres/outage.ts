/** By the code of the error (https://www.postgresql.org/docs/14/errcodes-appendix.html); a class has two characters. */
const REASONS: Readonly<Record<string, string>> = {
  '08': 'the connection to the database broke',
  '25006': 'the database is read-only',
  '40001': 'too many writes of the same rows',
  '40P01': 'too many writes of the same rows',
  '53': 'the database has no resources left',
  '55P03': 'another transaction holds a lock',
  '57': 'the database ended the statement, or is shutting down',
  '58': 'the database cannot reach its files',
};
/** Of Node's sockets and name resolution. */
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_)/;
/** pg's own errors have no code. */
const BROKEN = /Connection terminated|not queryable|Query read timeout|connection error/;

/** What keeps the database from its work for a while; undefined for errors of ours. */
export function outageOf(error: unknown): string | undefined {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (NETWORK.test(code) || (code === '' && BROKEN.test(message))) return 'the database does not answer';
  return REASONS[code] ?? REASONS[code.slice(0, 2)];
}
