import { describe, expect, it } from 'vitest';
import { childrenOf, residentMb } from '../support/children.js';
import { formOf, photograph } from '../support/images.js';
import { outcomes, percentile, startLoad } from '../support/load.js';
import { stageDir, stageMember, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

const MB = 1024 * 1024;
const READS = 600;
const MAX_GROWTH_MB = 150;
/** The process that re-encodes pictures: 60 MB of Node and sharp, and one picture. It ends soon afterwards. */
const MAX_HELPER_MB = 250;
const MAX_DELAY_MS = 50;

describe('five photographs of 5 MB at once', () => {
  it(`grow the worker by at most ${MAX_GROWTH_MB} MB and delay a list by at most ${MAX_DELAY_MS} ms`, async () => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    const member = await stageMember(server.url, 'member');
    const photo = await photograph(5 * MB);
    expect(photo.length).toBe(5 * MB);
    const list = { path: '/api/posts', keepAlive: true, connections: 2, pauseMs: 2 };
    const warm = startLoad(server.url, list);
    await until('enough reads', () => warm.sent.length >= READS);
    await warm.stop();
    const quietLoad = startLoad(server.url, list);
    await until('enough reads', () => quietLoad.sent.length >= READS);
    const quiet = await quietLoad.stop();

    const before = residentMb(server.pid);
    let peak = before;
    let helperPeak = 0;
    const sampling = setInterval(() => {
      peak = Math.max(peak, residentMb(server.pid));
      helperPeak = Math.max(helperPeak, ...childrenOf(server.pid).map(residentMb));
    }, 10);
    const reading = startLoad(server.url, list);
    const startedAt = performance.now();
    const answer = await member.post('/api/upload/multiple', formOf('images', photo, photo, photo, photo, photo));
    const seconds = (performance.now() - startedAt) / 1_000;
    const busy = await reading.stop();
    clearInterval(sampling);

    expect(answer.status, answer.text).toBe(201);
    expect(outcomes([...quiet, ...busy])).toEqual({ 200: quiet.length + busy.length });
    const [calm, during] = [percentile(quiet, 0.99), percentile(busy, 0.99)];
    await until('the end of the process for pictures', () => childrenOf(server.pid).length === 0);
    process.stderr.write(
      `five 5 MB photographs in ${seconds.toFixed(1)} s: ${before} MB before, ${peak} MB at most, ` +
        `${residentMb(server.pid)} MB afterwards, and ${helperPeak} MB at most beside it; p99 of a list ${calm.toFixed(1)} ms before, ` +
        `${during.toFixed(1)} ms meanwhile (${busy.length} reads)\n`,
    );
    expect(peak - before).toBeLessThanOrEqual(MAX_GROWTH_MB);
    expect(helperPeak).toBeLessThanOrEqual(MAX_HELPER_MB);
    expect(during - calm).toBeLessThanOrEqual(MAX_DELAY_MS);
  });
});
