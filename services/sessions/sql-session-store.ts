import type { Models } from '../../models/index.js';
import { SessionGone, TOMBSTONE_MS, type SessionStore } from './session-store.js';
import { parseSession } from './stored-session.js';

/** Sessions as rows: they survive a restart, and every process sees them. */
export function createSqlSessionStore({ sessions, write }: Pick<Models, 'sessions' | 'write'>): SessionStore {
  return {
    async get(id) {
      const data = await sessions.find(id, Date.now());
      return data === undefined ? null : parseSession(data);
    },

    async set(id, session, lifetimeMs) {
      const expiresAt = Date.now() + Math.ceil(lifetimeMs);
      const isWritten = await write((transaction) => sessions.put(transaction, id, JSON.stringify(session), expiresAt));
      if (!isWritten) throw new SessionGone();
    },

    async destroy(id) {
      await write((transaction) => sessions.destroy(transaction, id, Date.now() + TOMBSTONE_MS));
    },

    async sweep() {
      await write((transaction) => sessions.removeExpired(transaction, Date.now()));
    },
  };
}
