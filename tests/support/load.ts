import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface LoadOptions {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** How many requests are in flight at any time. */
  connections: number;
  /** Whether each of them goes on using its connection. */
  keepAlive: boolean;
  /** Pause of each connection between an answer and the next request. */
  pauseMs?: number;
}

/** A request that was sent, with what became of it. */
export interface Sent {
  /** `performance.now()` when it was sent. */
  at: number;
  ms: number;
  /** The status, or why there was none. */
  outcome: number | string;
}

export interface Load {
  /** What has been answered so far, oldest first. */
  sent: readonly Sent[];
  /** Sends no more, and waits for requests in flight. */
  stop(): Promise<readonly Sent[]>;
}

/** No request of these tests takes longer; without a limit a lost response would hang the test. */
const LOST_MS = 15_000;

/** Sends the same request over and over, on as many connections, until it is stopped. Nothing is tried twice. */
export function startLoad(url: string, options: LoadOptions): Load {
  const agent = options.keepAlive ? new Agent({ keepAlive: true, maxSockets: options.connections }) : false;
  const sent: Sent[] = [];
  const stopping = new AbortController();

  const loops = Array.from({ length: options.connections }, async () => {
    while (!stopping.signal.aborted) {
      sent.push(await send(url, options, agent));
      if (options.pauseMs !== undefined) await wait(options.pauseMs);
    }
  });
  return {
    sent,
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      if (agent) agent.destroy();
      return sent;
    },
  };
}

function send(url: string, options: LoadOptions, agent: Agent | false): Promise<Sent> {
  const { path, method = 'GET', headers = {}, body } = options;
  const at = performance.now();
  return new Promise((resolve) => {
    const end = (outcome: number | string) => resolve({ at, ms: performance.now() - at, outcome });
    const req = request(new URL(path, url), { method, headers, agent, timeout: LOST_MS }, (res) => {
      res.resume();
      res.on('end', () => end(res.statusCode ?? 0));
      res.on('error', (error) => end(`cut off: ${error.message}`));
    });
    req.on('timeout', () => req.destroy(new Error('no answer')));
    req.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    req.end(body);
  });
}

/** How often each outcome occurred. */
export function outcomes(sent: readonly Sent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of sent) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** The duration that a fraction of all requests stayed within, in milliseconds. */
export function percentile(sent: readonly Sent[], fraction: number): number {
  const sorted = sent.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}
