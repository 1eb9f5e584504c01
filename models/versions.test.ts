import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVersions, type Versions } from './versions.js';

let dir: string;
let here: Versions;
let there: Versions;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'allium-versions-'));
  here = openVersions(join(dir, 'versions'));
  there = openVersions(join(dir, 'versions'));
});
afterEach(() => {
  here.close();
  there.close();
  rmSync(dir, { recursive: true });
});

describe('versions', () => {
  it('stay the same while nothing changes, in every process', () => {
    expect(here.of('user:1')).toBe(there.of('user:1'));
    expect(here.of('user:1')).toBe(here.of('user:1'));
  });

  it('are none during a change and others after it', () => {
    const before = there.of('user:1');
    const change = here.begin(['user:1']);
    expect(there.of('user:1')).toBeUndefined();
    change.end();
    expect(there.of('user:1')).toBeDefined();
    expect(there.of('user:1')).not.toBe(before);
  });

  it('are none until the last of two overlapping changes has ended', () => {
    const first = here.begin(['user:1']);
    const second = there.begin(['user:1']);
    first.end();
    expect(here.of('user:1')).toBeUndefined();
    second.end();
    expect(here.of('user:1')).toBeDefined();
  });

  it('stay none after a change that never ended, until the next one', () => {
    here.begin(['user:1']);
    expect(there.of('user:1')).toBeUndefined();
    there.begin(['user:1']).end();
    expect(here.of('user:1')).toBeDefined();
  });

  it('of other keys are left alone', () => {
    const before = here.of('user:2');
    there.begin(['user:1']).end();
    expect(here.of('user:2')).toBe(before);
  });

  it('survive a restart and are only for the owner to read', () => {
    here.begin(['user:1']).end();
    const reopened = openVersions(join(dir, 'versions'));
    expect(reopened.of('user:1')).toBe(here.of('user:1'));
    reopened.close();
    expect(statSync(join(dir, 'versions')).mode & 0o777).toBe(0o600);
  });
});
