/**
 * Stands in for a Consul agent where none can be installed. Written from the manual of its HTTP API:
 * https://developer.hashicorp.com/consul/api-docs/features/blocking, …/agent/service and …/health. It knows what the
 * product asks for and nothing else. Like an agent without a disk, it forgets everything when it ends.
 *
 * node consul-agent-process.js <port> [token]; GET /stand-in/fail?on=1 makes every answer a 500,
 * GET /stand-in/rewind lets it count from the beginning, as after a restored snapshot.
 */
import { createServer } from 'node:http';

const [port, token] = process.argv.slice(2);
const services = new Map();
const waiting = new Set();
let index = 10;
let failing = false;

async function answer(request, response) {
  const url = new URL(request.url ?? '/', 'http://agent');
  const send = (status, body, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? '' : JSON.stringify(body));
  };
  if (url.pathname === '/stand-in/fail') {
    failing = url.searchParams.get('on') === '1';
    wake();
    return send(200);
  }
  if (url.pathname === '/stand-in/rewind') {
    index = 1;
    return send(200);
  }
  if (failing) return send(500, 'No cluster leader');
  if (token && request.headers['x-consul-token'] !== token) return send(403, 'Permission denied');

  const [, area, id = ''] = /^\/v1\/(.+?)(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
  if (request.method === 'PUT' && url.pathname === '/v1/agent/service/register') {
    register(await bodyOf(request));
    return send(200);
  }
  if (request.method === 'PUT' && area === 'agent/service/deregister') {
    if (!services.has(id)) return send(404, `Unknown service ID "${id}"`);
    remove(id);
    return send(200);
  }
  if (request.method === 'GET' && area === 'agent/service') {
    const found = services.get(id);
    return found ? send(200, { ID: id, Service: found.name, Meta: found.meta }) : send(404, 'unknown service ID');
  }
  if (request.method === 'GET' && area === 'health/service') {
    const asked = Number(url.searchParams.get('index') ?? 0);
    const until = Date.now() + durationMs(url.searchParams.get('wait') ?? '5m');
    while (isHeld(asked) && Date.now() < until) await newsBefore(until);
    if (failing) return send(500, 'No cluster leader');
    return send(200, entriesOf(decodeURIComponent(id), url.searchParams), { 'x-consul-index': String(index) });
  }
  return send(404, 'no such endpoint');
}

createServer((request, response) => void answer(request, response)).listen(Number(port), '127.0.0.1');

function register({ ID, Name, Address = '', Port, Tags = [], Weights = { Passing: 1 }, Meta = {}, Check }) {
  clearInterval(services.get(ID ?? Name)?.timer);
  const service = {
    id: ID ?? Name,
    name: Name,
    address: Address,
    port: Port,
    tags: Tags,
    weights: Weights,
    meta: Meta,
  };
  service.passing = Check === undefined; // a check is critical until it has passed for the first time
  services.set(service.id, service);
  if (Check) {
    void check(service, Check);
    service.timer = setInterval(() => void check(service, Check), durationMs(Check.Interval));
  }
  changed();
}

function remove(id) {
  clearInterval(services.get(id)?.timer);
  services.delete(id);
  changed();
}

async function check(service, { HTTP, Timeout = '10s' }) {
  const passing = await fetch(HTTP, { signal: AbortSignal.timeout(durationMs(Timeout)) }).then(
    (answer) => answer.ok,
    () => false,
  );
  if (passing === service.passing) return;
  service.passing = passing;
  changed();
}

function entriesOf(name, query) {
  return [...services.values()]
    .filter((service) => service.name === name)
    .filter(({ passing }) => passing || query.get('passing') !== '1')
    .filter(({ tags }) => !query.has('tag') || tags.includes(query.get('tag')))
    .map(({ id, address, port, tags, weights, meta }) => ({
      Node: { Node: 'stand-in', Address: '127.0.0.1' },
      Service: { ID: id, Service: name, Address: address, Port: port, Tags: tags, Weights: weights, Meta: meta },
      Checks: [],
    }));
}

function changed() {
  index += 1;
  wake();
}

function wake() {
  for (const go of waiting) go();
}

function newsBefore(time) {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      waiting.delete(go);
      resolve();
    };
    const timer = setTimeout(go, time - Date.now());
    waiting.add(go);
  });
}

/** Whether the caller has seen everything up to the current index. */
function isHeld(asked) {
  return asked > 0 && asked >= index && !failing;
}

function durationMs(text) {
  const [, count, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  return Number(count) * { ms: 1, s: 1_000, m: 60_000 }[unit];
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}
