/** The load generator: a process of its own, so that its work is not counted as the server's. */
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

/**
 * Options of autocannon, and our own: `awake` never sleeps between two answers; `list` is a file with requests that
 * all connections together send in turn, beginning with the one at `from`.
 */
const { awake, list, from = 0, ...options } = JSON.parse(process.argv[2] ?? '{}');
const stayAwake = () => setImmediate(stayAwake);
if (awake) stayAwake();

if (list !== undefined) {
  const requests = JSON.parse(readFileSync(list, 'utf8'));
  const setupRequest = (request) => {
    const own = requests[next++ % requests.length];
    return { ...request, ...own, headers: { ...request.headers, ...own.headers } };
  };
  options.requests = [{ setupRequest }];
}
let next = from;
const times = [];
const run = autocannon(options, (error, { duration, errors, timeouts, requests, statusCodeStats }) => {
  if (error) throw error;
  times.sort((a, b) => a - b);
  process.stdout.write(
    JSON.stringify({
      requests: requests.total,
      next,
      perSecond: requests.total / duration,
      // Its own figures are whole milliseconds.
      p99Ms: times[Math.floor(times.length * 0.99)],
      failures: errors + timeouts,
      statuses: Object.keys(statusCodeStats).map(Number),
    }),
    () => process.exit(), // else it would stay awake for ever
  );
});
run.on('response', (_client, _status, _bytes, responseMs) => times.push(responseMs));
