import { UpstreamFailed } from '../errors.js';
import type { AnswerSink } from './exchange.js';
import { ClientGone } from './failures.js';
import { CallSignal, type Upstream } from './upstream.js';

interface JsonCall {
  /** With its query. */
  path: string;
  token: string | undefined;
  /** Leads to the same instance again, with address-hash. */
  key: string;
  signal: AbortSignal;
  maxBytes?: number;
}

const MAX_BYTES = 262_144;

/**
 * Asks an upstream for JSON on our own behalf: for an answer that is put together here.
 *
 * @throws UpstreamFailed for any status but 200, and for what is no JSON or too much. @throws UpstreamTimeout, Unavailable
 */
export async function askForJson(
  upstream: Upstream,
  { path, token, key, signal, maxBytes = MAX_BYTES }: JsonCall,
): Promise<unknown> {
  const leaving = new CallSignal();
  signal.addEventListener('abort', () => leaving.leave(), { once: true });
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
    signal: leaving,
  });
  const failed = (reason: string, cause?: unknown) =>
    new UpstreamFailed(`${upstream.name}: ${reason}`, { fields: [upstream.name], cause });
  if (exchange.status !== 200) {
    exchange.abort(new ClientGone('its answer is of no use'));
    throw failed(`status ${exchange.status}`);
  }
  const text = await new Promise<string>((resolve, reject) => {
    exchange.sendTo(
      collector(
        maxBytes,
        resolve,
        (error) => reject(failed(error.message, error)),
        () => exchange.abort(new ClientGone('too long an answer')),
      ),
    );
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw failed('no JSON', error);
  }
}

function collector(
  maxBytes: number,
  done: (text: string) => void,
  fail: (error: Error) => void,
  tooMuch: () => void,
): AnswerSink {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) tooMuch();
  };
  return {
    write(chunk) {
      take(chunk);
      return true;
    },
    drained: (callback) => callback(),
    end(last) {
      if (last) take(last);
      if (bytes > maxBytes) fail(new Error('too long an answer'));
      else done(Buffer.concat(chunks).toString('utf8'));
    },
    fail,
  };
}
