/** What Node's own HTTP server costs: the least that any framework on top of it can cost. */
import { createServer } from 'node:http';

const body = JSON.stringify({ status: 'OK', timestamp: new Date().toISOString(), uptime: 0 });
const server = createServer((_req, res) => {
  res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(body) });
  res.end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
