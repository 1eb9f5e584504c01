/** An upstream service of the tests, in a process of its own: what it does is in the path that it is asked for. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';

const { name = 'one', port = 0, mode = 'http', backlog, key, cert } = JSON.parse(process.argv[2] ?? '{}');
let seen = 0;
let aborted = 0;
let received = 0;

const answers = {
  '/echo': (req, res) => {
    const hash = createHash('sha256');
    let bytes = 0;
    req.on('data', (chunk) => {
      hash.update(chunk);
      received += chunk.length;
      bytes += chunk.length;
    });
    req.on('end', () =>
      json(res, {
        name,
        method: req.method,
        url: req.url,
        headers: req.headers,
        raw: req.rawHeaders,
        bytes,
        sha256: hash.digest('hex'),
      }),
    );
  },
  '/figures': (_req, res) => json(res, { name, seen, aborted, received }),
  '/bytes': (req, res) => {
    let left = Number(new URL(req.url, 'http://x').searchParams.get('n'));
    const block = Buffer.alloc(65_536, 'x');
    res.setHeader('Content-Length', left);
    const more = () => {
      while (left > 0) {
        const chunk = block.subarray(0, Math.min(left, block.length));
        left -= chunk.length;
        if (!res.write(chunk)) return;
      }
      res.end();
    };
    res.on('drain', more);
    more();
  },
  '/range': (req, res) => {
    res.writeHead(206, { 'Content-Range': 'bytes 0-3/10', 'Accept-Ranges': 'bytes', ETag: '"r"' });
    res.end(req.headers.range === 'bytes=0-3' ? '0123' : '');
  },
  '/trailers': (_req, res) => {
    res.writeHead(200, { Trailer: 'X-Checksum', 'Content-Type': 'text/plain' });
    res.write('body');
    res.addTrailers({ 'X-Checksum': 'abc' });
    res.end();
  },
  '/headers': (_req, res) => {
    res.writeHead(200, {
      'Set-Cookie': ['theirs=1; Path=/', 'sid=forged; Path=/'],
      'Content-Security-Policy': "default-src *; script-src 'unsafe-inline' *",
      'Strict-Transport-Security': 'max-age=0',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Credentials': 'true',
      'X-Frame-Options': 'ALLOWALL',
      'Clear-Site-Data': '"*"',
      'Cache-Control': 'public, max-age=600',
      'Content-Type': 'text/html; charset=utf-8',
      Connection: 'X-Secret-Hop, keep-alive',
      'X-Secret-Hop': '1',
      'X-Own': 'passed',
      'X-Accent': Buffer.from('café', 'utf8').toString('latin1'),
      Vary: 'X-Own',
    });
    res.end('<script>1</script>');
  },
  '/events': (req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let count = 0;
    const timer = setInterval(() => res.write(`data: ${(count += 1)}\n\n`), 100);
    res.write('data: 0\n\n');
    res.on('close', () => clearInterval(timer));
  },
  '/drip': (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain' });
    const timer = setInterval(() => res.write('.'), 50);
    res.on('close', () => clearInterval(timer));
  },
  '/stall': (_req, res) => void res.write('then nothing'),
  '/hang': () => {},
  '/slow': (_req, res) => void setTimeout(() => json(res, { name, slow: true }), 5_000),
  '/wait': (req, res) =>
    void setTimeout(() => json(res, { name }), Number(new URL(req.url, 'http://x').searchParams.get('ms'))),
  '/cut': (_req, res) => {
    res.writeHead(200, { 'Content-Length': 1000 });
    res.write('half');
    setTimeout(() => res.destroy(), 50);
  },
  '/reset': (req) => req.socket.resetAndDestroy(),
  '/garbage': (req) => req.socket.end('this is no HTTP\r\n\r\n'),
  '/forged-length': (req) => req.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde'),
  '/sometimes': (_req, res) => (seen % 10 === 0 ? status(res, 503) : json(res, { name })),
  '/status': (req, res) => status(res, Number(new URL(req.url, 'http://x').searchParams.get('code'))),
  '/inward': (_req, res) => res.writeHead(302, { Location: '/echo?from=inward' }).end(),
  '/absolute': (req, res) => res.writeHead(302, { Location: `http://${req.headers.host}/echo` }).end(),
  '/outward': (req, res) => res.writeHead(302, { Location: new URL(req.url, 'http://x').searchParams.get('to') }).end(),
  '/counted': (req, res) => {
    res.setHeader('Cache-Control', 'max-age=60');
    if (req.url.includes('vary')) res.setHeader('Vary', 'Accept-Language');
    res.setHeader('ETag', `"${seen}"`);
    json(res, { name, seen });
  },
  '/saying': (req, res) => {
    for (const [name, value] of new URL(req.url, 'http://x').searchParams) res.setHeader(name, value);
    res.end('{}');
  },
  '/private': (_req, res) => {
    res.setHeader('Cache-Control', 'private, max-age=60');
    json(res, { seen });
  },
};

function handle(req, res) {
  seen += 1;
  res.on('close', () => {
    if (!res.writableFinished) aborted += 1;
  });
  const path = req.url.split('?')[0];
  const answer = answers[path] ?? answers[`/${path.split('/')[1]}`];
  if (answer) answer(req, res);
  else
    json(res, {
      name,
      url: req.url,
      authorization: req.headers.authorization ?? null,
      cookie: req.headers.cookie ?? null,
    });
}

function json(res, value) {
  const text = JSON.stringify(value);
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  res.end(text);
}

function status(res, code) {
  res.writeHead(code, { 'Content-Type': 'application/json' });
  res.end('{}');
}

/** Answers a WebSocket's handshake, then sends back whatever comes: frames are not looked into. */
function upgrade(req, socket) {
  seen += 1;
  socket.on('error', () => {});
  if (req.url.startsWith('/ws-refused')) return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  const accept = createHash('sha1')
    .update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  const protocol = req.headers['sec-websocket-protocol']?.split(',')[0];
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n` +
      `${protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : ''}Set-Cookie: theirs=1\r\n\r\n`,
  );
  if (req.url.startsWith('/ws-hello')) {
    const text = JSON.stringify({
      authorization: req.headers.authorization ?? null,
      cookie: req.headers.cookie ?? null,
    });
    socket.write(Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 255]), Buffer.from(text)]));
  }
  // A frame of a client is masked, one of a server is not.
  socket.on('data', (chunk) => (isClose(chunk) ? socket.end(unmasked(chunk)) : socket.write(unmasked(chunk))));
  socket.on('close', () => (aborted += 1));
}

const isClose = ([first]) => (first & 0x0f) === 8;

function unmasked(frame) {
  const length = frame[1] & 127;
  if (length > 125 || frame.length !== length + 6) return Buffer.alloc(0);
  const payload = frame.subarray(6).map((byte, index) => byte ^ frame[2 + (index % 4)]);
  return Buffer.concat([Buffer.from([frame[0], length]), payload]);
}

const server =
  mode === 'silent' // accepts and never answers
    ? createTcpServer((socket) => socket.on('error', () => {}).resume())
    : mode === 'https'
      ? createTlsServer({ key, cert }, handle)
      : createServer({ requestTimeout: 0 }, handle).on('upgrade', upgrade);
server.listen({ port, backlog, host: '127.0.0.1' }, () => process.stdout.write(`${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
