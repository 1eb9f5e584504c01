import { z } from 'zod';
import type { Services } from '../../services/index.js';

export const deviceSchema = z
  .object({
    id: z.int(),
    current: z.boolean().describe('Whether this request uses this sign-in'),
    browser: z.string().nullable().describe('Name of the browser or program'),
    os: z.string().nullable(),
    address: z.string().describe('IP address of the latest request'),
    createdAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime().describe('Accurate to five minutes; for programs, the time of the last refresh'),
  })
  .meta({ id: 'Device' });

export const deviceListAnswer = z.object({ sessions: z.array(deviceSchema) });

type Row = Awaited<ReturnType<Services['signIns']['list']>>[number];

/** The device that asks is seen right now, whatever has been written of it. */
export function presentDevice(row: Row, currentId: number): z.input<typeof deviceSchema> {
  const { id, browser, os, address, createdAt, lastSeenAt } = row;
  const current = id === currentId;
  const seen = new Date(current ? Date.now() : lastSeenAt);
  return { id, current, browser, os, address, createdAt: isoOf(createdAt), lastSeenAt: seen.toISOString() };
}

const isoOf = (timeMs: number) => new Date(timeMs).toISOString();
