/** The least that relaying costs with undici: headers as they come, the body piped, no errors thought of. */
import { createServer } from 'node:http';
import { Pool } from 'undici';

const pool = new Pool(process.env.UPSTREAM, { connections: 100, pipelining: 1 });
const server = createServer((req, res) => {
  const { host: _host, connection: _connection, ...headers } = req.headers;
  pool.stream(
    { path: req.url, method: req.method, headers, body: null, opaque: res },
    ({ statusCode, headers: answered, opaque }) => {
      const { connection: _hop, 'keep-alive': _too, ...passed } = answered;
      opaque.writeHead(statusCode, passed);
      return opaque;
    },
    (error) => {
      if (error) res.destroy();
    },
  );
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
