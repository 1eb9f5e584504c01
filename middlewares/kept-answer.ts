import { Unavailable, UpstreamFailed, UpstreamTimeout } from '../services/errors.js';
import type { Exchange } from '../services/upstreams/exchange.js';
import { ClientGone } from '../services/upstreams/failures.js';
import type { KeptAnswer, KeptAnswers, Question } from '../services/upstreams/kept-answers.js';
import type { Upstream } from '../services/upstreams/upstream.js';
import { hasBody } from './body-parser.js';
import { passHeadersBack, type PassedBack } from './relayed-headers.js';
import type { Context } from './state.js';
import { tellKept } from './x-cache.js';

/** Where answers to this request are kept; undefined when its answer is not one to give again. */
export function keptFor(ctx: Context, { kept }: Upstream): KeptAnswers | undefined {
  // An answer may depend on a body, of which the next one who asks for the path knows nothing.
  return ctx.method === 'GET' && ctx.req.headers.range === undefined && !hasBody(ctx) ? kept : undefined;
}

/** What answers are kept by: where a person's token goes along, what comes back is that person's. */
export function questionOf(ctx: Context, { definition, kept }: Upstream, path: string, headers: string[]): Question {
  const userId = definition.token.startsWith('user') ? ctx.state.viewer?.id : undefined;
  return { path, headers, userId, epoch: kept?.epoch ?? 0 };
}

/**
 * Asks with `ask`, unless there is a fresh answer; and lets an old one stand in when the upstream cannot answer, if its
 * declaration allows that.
 *
 * @returns undefined when the answer has been given from what was kept.
 */
export async function askUnlessKept(
  ctx: Context,
  { upstream, question, isOurCookie }: { upstream: Upstream; question: Question } & Pick<PassedBack, 'isOurCookie'>,
  ask: () => Promise<Exchange | undefined>,
): Promise<Exchange | undefined> {
  const kept = keptFor(ctx, upstream);
  let answer = kept?.find(question);
  if (!kept || !answer) return ask();
  const give = (given: KeptAnswer, how: 'hit' | 'stale') => {
    passHeadersBack(ctx.res, given.headers, { definition: upstream.definition, isOurCookie });
    giveKept(ctx, given, how);
  };
  if (performance.now() < answer.freshUntil) return give(answer, 'hit') as undefined;
  try {
    const exchange = await ask();
    if (!exchange || exchange.status < 500) return exchange;
    answer = kept.find(question); // a write may have invalidated it meanwhile
    if (!answer) return exchange;
    exchange.abort(new ClientGone('an older answer is given instead'));
  } catch (error) {
    answer = kept.find(question);
    if (!answer || !isFailureOfUpstream(error)) throw error;
  }
  return give(answer, 'stale') as undefined;
}

const isFailureOfUpstream = (error: unknown) =>
  error instanceof UpstreamFailed || error instanceof UpstreamTimeout || error instanceof Unavailable;

function giveKept(ctx: Context, { body, madeAt }: KeptAnswer, how: 'hit' | 'stale'): void {
  (ctx as { compress?: boolean }).compress = false; // as it came, like all that is relayed
  tellKept(ctx, how);
  ctx.set('Age', String(Math.floor((performance.now() - madeAt) / 1000)));
  ctx.status = 200;
  ctx.body = body;
  if (ctx.fresh) ctx.status = 304;
}
