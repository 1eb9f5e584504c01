/** A service that is often slow, sometimes fails and now and then does not answer at all, always in the same order. */
import { setTimeout as wait } from 'node:timers/promises';
import { startService } from './service.js';

const quotes = ['Peel by peel.', 'What is at the core holds the rest.', '一层一层来。'];
const moods = ['quick', 'quick', 'slow', 'quick', 'failing', 'quick', 'slow', 'quick', 'hanging', 'quick'];
const DELAY_MS = { quick: 0, slow: 900, failing: 0, hanging: 10_000 };
let asked = 0;

startService('quotes', async (ctx) => {
  if (ctx.path !== '/quote') return;
  const mood = moods[asked % moods.length];
  const quote = quotes[asked % quotes.length];
  asked += 1;
  await wait(DELAY_MS[mood]);
  if (mood === 'failing') ctx.throw(503);
  ctx.body = { instance: 'quotes', quote };
});
