import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Context } from '../state.js';

/** A client's request for the connection itself (RFC 9110 section 7.8). */
export interface Upgrade {
  /** The `Upgrade` header, in lowercase. */
  protocol: string;
  /** Ends the request and returns its socket, to which the caller writes the response. */
  take(): Duplex;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** Makes an upgrade available to the layers. Called before the request enters the onion. */
export function offerUpgrade(req: IncomingMessage, res: ServerResponse, socket: Duplex, head: Buffer): void {
  upgrades.set(req, {
    protocol: (req.headers.upgrade ?? '').toLowerCase(),
    take() {
      upgrades.delete(req);
      res.detachSocket(socket as never);
      res.emit('close'); // for the layers that wait for the end of the request
      if (head.length > 0) socket.unshift(head);
      return socket;
    },
  });
}

export const upgradeOf = (ctx: Context): Upgrade | undefined => upgrades.get(ctx.req);
