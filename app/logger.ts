import { pino, type DestinationStream, type LoggerOptions } from 'pino';
import pretty from 'pino-pretty';
import type { Logger } from '../middlewares/state.js';
import type { Config } from './config.js';
import { visible, visibleLines } from './visible.js';

/** Bytes that may wait for a slow reader of the log; beyond that lines are dropped rather than memory filled. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Characters of a header's value. */
const MAX_HEADER_LENGTH = 200;

/**
 * Logs to standard output: colored lines for people, JSON lines for machines. A reader that goes away or is slow costs
 * log lines, never a request.
 *
 * @param output where JSON lines go instead.
 */
export function createLogger({ level, format }: Config['log'], output?: DestinationStream): Logger {
  const streamWrite = format === 'pretty' ? visibleValues : escapedControls;
  const options: LoggerOptions = {
    level,
    serializers: SERIALIZERS,
    base: { pid: process.pid },
    hooks: { streamWrite },
  };
  if (format === 'pretty') return pino(options, pretty({ ignore: 'pid', translateTime: 'SYS:HH:MM:ss', sync: true }));
  return pino(options, output ?? standardOutput());
}

const cut = (value: unknown) => (typeof value === 'string' ? value.slice(0, MAX_HEADER_LENGTH) : value);
const SERIALIZERS = { err: serializeError, host: cut, origin: cut, site: cut };

/** JSON escapes the control characters of C0 and leaves those of C1, which some terminals act on as well. */
const escapedControls = (line: string) => line.replace(/[\u007f-\u009f]+/g, visible);

/** What is printed for people is no JSON any more, so its values hold their escapes as text; a stack keeps its lines. */
function visibleValues(line: string): string {
  const shown = (key: string, value: unknown) => {
    if (typeof value !== 'string') return value;
    return key === 'stack' ? visibleLines(value) : visible(value);
  };
  return `${JSON.stringify(JSON.parse(line), shown)}\n`;
}

/** At the end of the process pino writes what waits, and would retry for ever if the reader has gone. */
function standardOutput(): DestinationStream {
  let stuck = false;
  const output = pino.destination({
    fd: 1,
    sync: false,
    maxLength: MAX_WAITING_BYTES,
    // Handing the system a line by itself costs as much as handing it dozens.
    minLength: 12_288,
    periodicFlush: 100, // milliseconds
    retryEAGAIN: () => (stuck = true), // the pipe is full
  });
  output.on('write', () => (stuck = false));
  output.on('error', () => (stuck = true)); // the reader has gone, or the disk is full
  process.prependOnceListener('exit', () => {
    if (stuck) output.destroy();
  });
  return output;
}

/** What is safe to log of an error: database and Redis errors carry the values that were being written. */
function serializeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return { type: name, message, code, stack, ...(cause instanceof Error && { cause: serializeError(cause) }) };
}
