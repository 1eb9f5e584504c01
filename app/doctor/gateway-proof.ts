import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseUpstreams } from '../../services/upstreams/upstreams-file.js';
import type { Upstreams } from '../../services/upstreams/upstreams.js';

/** What the gateway has let through to a service, and back. */
export interface GatewayProof {
  /** Whether what is declared can be asked for: else nothing below would say anything. */
  works: boolean;
  /** What reached the service without being declared. */
  reached: readonly string[];
  /** Headers by which the service could act as the browser, or the browser as somebody else: their names. */
  leaked: readonly string[];
}

/** An upstream of the doctor's own, which records what it receives. */
export interface MockUpstream {
  received: { url: string; headers: IncomingHttpHeaders }[];
  stop(): Promise<void>;
}

const NAME = 'allium-doctor';
const DECLARED = '/declared';

/** Declares it to the gateway for as long as it runs. */
export async function startMockUpstream(upstreams: Pick<Upstreams, 'lend'>): Promise<MockUpstream> {
  const received: MockUpstream['received'] = [];
  const server = createServer(({ url = '', headers }, res) => {
    received.push({ url, headers });
    res.writeHead(200, { 'Set-Cookie': 'doctor=1; Path=/', Location: 'http://doctor.invalid/' }).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const allow = [{ methods: ['GET'], paths: [DECLARED] }];
  const declaration = { upstreams: { [NAME]: { instances: [origin], allow, token: 'none' } } };
  const ends = await Promise.all(
    [...parseUpstreams(JSON.stringify(declaration))].map((declared) => upstreams.lend(...declared)),
  );
  return {
    received,
    async stop() {
      for (const end of ends) end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @param ask as a browser with a session cookie. */
export async function observeGateway(
  ask: (path: string) => Promise<{ headers: Headers }>,
  { received }: Pick<MockUpstream, 'received'>,
): Promise<GatewayProof> {
  const { headers } = await ask(`/gw/${NAME}${DECLARED}`);
  const [sent] = received.splice(0);
  for (const path of ['/other', `${DECLARED}%2f..%2fother`, `${DECLARED}/other`, `//doctor.invalid${DECLARED}`]) {
    await ask(`/gw/${NAME}${path}`);
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
