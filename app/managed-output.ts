import type { DestinationStream } from 'pino';

/**
 * Where the log goes under pm2, which collects what is written by `process.stdout.write` and nothing else: what goes to
 * the descriptor ends up in the daemon's own log. Each call is a message to the daemon, so the lines of one turn of the
 * event loop are one call.
 */
export function managedOutput(): DestinationStream & { flush(done: () => void): void } {
  let waiting = '';

  const send = (done: () => void) => {
    const lines = waiting;
    waiting = '';
    if (lines === '') done();
    else process.stdout.write(lines, 'utf8', done);
  };
  return {
    write(line) {
      if (waiting === '') setImmediate(send, () => {});
      waiting += line;
    },
    flush: send,
  };
}
