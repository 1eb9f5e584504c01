import type { ServerResponse } from 'node:http';

/** Aborts when the client disconnects before it has its response. Made only where work may take long. */
export function disconnectSignal(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (res.closed) controller.abort();
  else {
    res.setMaxListeners(20); // every layer that counts or logs listens as well
    res.once('close', () => {
      if (!res.writableFinished) controller.abort();
    });
  }
  return controller.signal;
}
