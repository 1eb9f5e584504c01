/** The load generator: a process of its own, so that its work is not counted as the server's. */
import autocannon from 'autocannon';

const { awake, ...options } = JSON.parse(process.argv[2] ?? '{}');
const stayAwake = () => setImmediate(stayAwake);
if (awake) stayAwake();

const { duration, errors, timeouts, requests, latency, statusCodeStats } = await autocannon(options);
const statuses = Object.keys(statusCodeStats).map(Number);
process.stdout.write(
  JSON.stringify({
    requests: requests.total,
    perSecond: requests.total / duration,
    p99Ms: latency.p99,
    failures: errors + timeouts,
    statuses,
  }),
  () => process.exit(), // else it would stay awake for ever
);
