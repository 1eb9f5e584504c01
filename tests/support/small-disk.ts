import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stageDir } from './stage.js';

const BLOCK = Buffer.alloc(4096, 'x');

/** A file system of its own, for a suite under `describeWith('small disk', …)`; gone when the test is. */
export interface SmallDisk {
  dir: string;
  /** Takes all the space that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  mountReadOnly(): void;
}

export function stageSmallDisk(megabytes: number): SmallDisk {
  const dir = stageDir();
  const ballast = join(dir, 'ballast');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', dir]));
  return {
    dir,
    fill() {
      const file = openSync(ballast, 'a');
      try {
        for (;;) writeSync(file, BLOCK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast),
    mountReadOnly: () => void execFileSync('mount', ['-o', 'remount,ro', dir]),
  };
}
