import { describe, expect, it } from 'vitest';
import type { Client } from '../support/client.js';
import { childrenOf } from '../support/children.js';
import { animation, formOf, noise } from '../support/images.js';
import { stageDir, stageMember, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

/** As many as one account may upload at once. */
const UPLOADS = 10;
const MAX_SHARE = 0.5;
/** The deadline of a picture, and what a busy machine may add. */
const MAX_STUCK_MS = 22_000;

const upload = (client: Client, content: Buffer) => client.post('/api/upload/single', formOf('image', content));

describe.each(['gif', 'webp'] as const)('an account that uploads %s animations', (format) => {
  it('delays another account by one of them at most', async () => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    const [busy, other] = [await stageMember(server.url, 'busy'), await stageMember(server.url, 'other')];
    const long = await animation(250, 200, 60)[format]({ effort: 1 }).toBuffer();
    const small = await noise(30, 30).png().toBuffer();
    expect((await upload(other, small)).status).toBe(201); // the process for pictures is there

    let finished = 0;
    const startedAt = performance.now();
    const all = Array.from({ length: UPLOADS }, async () => {
      const { status } = await upload(busy, long);
      finished += 1;
      return status;
    });
    await until('the first animation', () => finished > 0, { withinMs: 60_000 });
    const askedAt = performance.now();
    const answer = await upload(other, small);
    const waitedMs = performance.now() - askedAt;
    const finishedBefore = finished;
    expect(await Promise.all(all)).toEqual(Array.from({ length: UPLOADS }, () => 201));
    const totalMs = performance.now() - startedAt;

    expect(answer.status, answer.text).toBe(201);
    process.stderr.write(
      `${UPLOADS} ${format} animations of ${Math.round(long.length / 1024)} KB in ${(totalMs / 1_000).toFixed(1)} s; ` +
        `a picture of 3 KB of another account in ${(waitedMs / 1_000).toFixed(1)} s, after ${finishedBefore} of them\n`,
    );
    expect(waitedMs / totalMs).toBeLessThan(MAX_SHARE);
    expect(finishedBefore).toBeLessThanOrEqual(4);
  });
});

describe('a picture that never ends', () => {
  it('is refused when its deadline has passed, and the next one is processed', async () => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    const member = await stageMember(server.url, 'member');
    const picture = await noise(30, 30).png().toBuffer();
    expect((await upload(member, picture)).status).toBe(201);
    const [decoder] = childrenOf(server.pid);
    if (decoder === undefined) throw new Error('there is no process for pictures');
    process.kill(decoder, 'SIGSTOP');

    const startedAt = performance.now();
    const stuck = await upload(member, picture);

    expect(stuck.status, stuck.text).toBe(413);
    expect(stuck.json()).toMatchObject({
      code: 'too_large',
      details: [{ path: 'image', message: 'The image takes too long to process' }],
    });
    expect(performance.now() - startedAt).toBeLessThan(MAX_STUCK_MS);
    expect((await upload(member, picture)).status).toBe(201);
  });
});
