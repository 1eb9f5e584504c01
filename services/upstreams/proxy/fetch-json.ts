import { UpstreamFailed } from '../../errors.js';
import type { Upstream } from '../upstream.js';
import { CallSignal } from './call-signal.js';
import type { ProxyExchange } from './proxy-exchange.js';

interface FetchOptions {
  /** With its query. */
  path: string;
  token: string | undefined;
  /** Leads to the same instance again, with address-hash. */
  key: string;
  signal: AbortSignal;
}

const MAX_BYTES = 262_144;

/**
 * Fetches JSON from an upstream for a response that is composed here.
 *
 * @throws UpstreamFailed for any status but 200, for invalid JSON and for more than 256 KB.
 * @throws UpstreamTimeout, Unavailable
 */
export async function fetchJson(upstream: Upstream, { path, token, key, signal }: FetchOptions): Promise<unknown> {
  const callSignal = new CallSignal();
  signal.addEventListener('abort', () => callSignal.abort(), { once: true });
  const headers = ['accept', 'application/json', ...(token === undefined ? [] : ['authorization', `Bearer ${token}`])];
  for (const [name, value] of upstream.definition.headers.request.set) headers.push(name, value);
  const exchange = await upstream.send({
    method: 'GET',
    path,
    headers,
    body: undefined,
    upgrade: false,
    key,
    client: undefined,
    signal: callSignal,
  });
  const failed = (reason: string, cause?: unknown) =>
    new UpstreamFailed(`${upstream.name}: ${reason}`, { fields: [upstream.name], cause });
  if (exchange.status !== 200) {
    exchange.abort();
    throw failed(`status ${exchange.status}`);
  }
  try {
    return JSON.parse(await textOf(exchange)) as unknown;
  } catch (error) {
    throw failed((error as Error).message, error);
  }
}

function textOf(exchange: ProxyExchange): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= MAX_BYTES) return;
      reject(new Error('the response is too long'));
      exchange.abort();
    };
    exchange.sendTo({
      write(chunk) {
        take(chunk);
        return true;
      },
      drained: (callback) => callback(),
      end(last) {
        if (last) take(last);
        resolve(Buffer.concat(chunks).toString('utf8'));
      },
      fail: reject,
    });
  });
}
