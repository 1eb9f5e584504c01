import { Op } from 'sequelize';
import type { Models } from '../../models/index.js';
import { SessionGone, TOMBSTONE_MS, type SessionStore } from './session-store.js';
import { parseSession } from './stored-session.js';

const LIVE = 'SELECT data FROM sessions WHERE id = ? AND expires_at > ?';

/** Sessions as rows: they survive a restart, and every process on the machine sees them. */
export function createSqlSessionStore({ Session, read, write }: Models): SessionStore {
  return {
    async get(id) {
      const [row] = await read<{ data: string | null }>(LIVE, id, Date.now());
      return row?.data ? parseSession(row.data) : null;
    },

    async set(id, session, lifetimeMs) {
      const row = { id, data: JSON.stringify(session), expiresAt: Date.now() + Math.ceil(lifetimeMs) };
      await write(async (transaction) => {
        const known = await Session.findByPk(id, { attributes: ['data'], transaction });
        if (known?.data === null) throw new SessionGone();
        await Session.upsert(row, { transaction });
      });
    },

    async destroy(id) {
      await write((transaction) =>
        Session.upsert({ id, data: null, expiresAt: Date.now() + TOMBSTONE_MS }, { transaction }),
      );
    },

    async sweep() {
      await write((transaction) => Session.destroy({ where: { expiresAt: { [Op.lte]: Date.now() } }, transaction }));
    },
  };
}
