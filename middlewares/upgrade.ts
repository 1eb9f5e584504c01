import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Context } from './state.js';

/** A client asks for the connection itself (RFC 9110 section 7.8). Whoever takes it answers by writing to the socket. */
export interface Upgrade {
  /** The name in `Upgrade`, in small letters. */
  protocol: string;
  /** Leaves the socket to the caller: the request is over. */
  take(): Duplex;
}

const offered = new WeakMap<IncomingMessage, Upgrade>();

/** Makes an upgrade known to the layers. Called before the request enters the onion. */
export function offerUpgrade(req: IncomingMessage, res: ServerResponse, socket: Duplex, head: Buffer): void {
  offered.set(req, {
    protocol: (req.headers.upgrade ?? '').toLowerCase(),
    take() {
      offered.delete(req);
      res.detachSocket(socket as never);
      res.emit('close'); // to the layers that watch, this request has ended
      if (head.length > 0) socket.unshift(head);
      return socket;
    },
  });
}

export const upgradeOf = (ctx: Context): Upgrade | undefined => offered.get(ctx.req);
