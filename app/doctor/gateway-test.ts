import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseUpstreams, type Gateway } from '../../services/upstreams/index.js';

/** What passed the gateway to a service, and back. */
export interface GatewayTestResult {
  /** Whether a declared path reaches the service: the other results mean nothing otherwise. */
  works: boolean;
  /** Undeclared paths that reached the service. */
  reached: readonly string[];
  /** Names of headers by which the service could impersonate the browser, or change its cookies or location. */
  leaked: readonly string[];
}

/** An upstream of the doctor's own, which records what it receives. */
export interface MockUpstream {
  received: { url: string; headers: IncomingHttpHeaders }[];
  stop(): Promise<void>;
}

const NAME = 'allium-doctor';
const DECLARED = '/declared';

/** Starts one and declares it to the gateway until it stops. */
export async function startMockUpstream(gateway: Pick<Gateway, 'addTemporary'>): Promise<MockUpstream> {
  const received: MockUpstream['received'] = [];
  const server = createServer(({ url = '', headers }, res) => {
    received.push({ url, headers });
    res.writeHead(200, { 'Set-Cookie': 'doctor=1; Path=/', Location: 'http://doctor.invalid/' }).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const allow = [{ methods: ['GET'], paths: [DECLARED] }];
  const declaration = { upstreams: { [NAME]: { instances: [origin], allow, token: 'none' } } };
  const removers = await Promise.all(
    [...parseUpstreams(JSON.stringify(declaration))].map((declared) => gateway.addTemporary(...declared)),
  );
  return {
    received,
    async stop() {
      for (const remove of removers) remove();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @param send as a browser with a session cookie. */
export async function testGateway(
  send: (path: string) => Promise<{ headers: Headers }>,
  { received }: Pick<MockUpstream, 'received'>,
): Promise<GatewayTestResult> {
  const { headers } = await send(`/gw/${NAME}${DECLARED}`);
  const [sent] = received.splice(0);
  for (const path of ['/other', `${DECLARED}%2f..%2fother`, `${DECLARED}/other`, `//doctor.invalid${DECLARED}`]) {
    await send(`/gw/${NAME}${path}`);
  }
  return {
    works: sent?.url === DECLARED,
    reached: received.splice(0).map(({ url }) => url),
    leaked: [
      ...['cookie', 'authorization', 'x-csrf'].filter((name) => sent?.headers[name] !== undefined),
      ...['set-cookie', 'location'].filter((name) => (headers.get(name) ?? '').includes('doctor')),
    ],
  };
}
