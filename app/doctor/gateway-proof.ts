import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What the gateway has let through to a service, and back. */
export interface GatewayProof {
  /** Whether what is declared can be asked for: else nothing below would say anything. */
  works: boolean;
  /** What reached the service without being declared. */
  reached: readonly string[];
  /** Headers by which the service could act as the browser, or the browser as somebody else: their names. */
  leaked: readonly string[];
}

/** A service of the doctor's own, which remembers what it is sent. */
export interface Witness {
  /** Declares it as an upstream. */
  file: string;
  seen: { url: string; headers: IncomingHttpHeaders }[];
  stop(): Promise<void>;
}

const DECLARED = '/declared';

/** @param folder for its declaration. */
export async function startWitness(folder: string): Promise<Witness> {
  const seen: Witness['seen'] = [];
  const server = createServer(({ url = '', headers }, res) => {
    seen.push({ url, headers });
    res.writeHead(200, { 'Set-Cookie': 'doctor=1; Path=/', Location: 'http://doctor.invalid/' }).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = join(folder, 'upstreams.json');
  const allow = [{ methods: ['GET'], paths: [DECLARED] }];
  await writeFile(file, JSON.stringify({ upstreams: { witness: { instances: [origin], allow, token: 'user' } } }));
  return {
    file,
    seen,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @param ask as a browser that is signed in. */
export async function observeGateway(
  ask: (path: string) => Promise<{ headers: Headers }>,
  { seen }: Pick<Witness, 'seen'>,
): Promise<GatewayProof> {
  const { headers } = await ask(`/gw/witness${DECLARED}`);
  const [sent] = seen.splice(0);
  for (const path of ['/other', `${DECLARED}%2f..%2fother`, `${DECLARED}/other`, `//doctor.invalid${DECLARED}`]) {
    await ask(`/gw/witness${path}`);
  }
  return {
    works: sent?.url === DECLARED && (sent.headers.authorization ?? '').startsWith('Bearer '),
    reached: seen.splice(0).map(({ url }) => url),
    leaked: [
      ...['cookie', 'x-csrf'].filter((name) => sent?.headers[name] !== undefined),
      ...['set-cookie', 'location'].filter((name) => (headers.get(name) ?? '').includes('doctor')),
    ],
  };
}
