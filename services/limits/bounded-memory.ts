import { LRUCache } from 'lru-cache';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

/** The count of one key: how much it has used up, and until when that counts, in milliseconds since 1970. */
interface Used {
  points: number;
  expiresAt: number;
}

/** Of a limiter, what our counters ask for. */
export type Limiter = Pick<RateLimiterAbstract, 'penalty' | 'reward' | 'get' | 'delete'>;

/** Room for this many keys, about 350 bytes each; beyond it the one that was quiet for longest is forgotten. */
export function createBoundedMemory(maxKeys: number) {
  const memory = new LRUCache<string, Used>({ max: maxKeys });

  return {
    /**
     * Counts like RateLimiterMemory, in memory that does not grow with the number of addresses: that one stores
     * every key, and a timer for each.
     */
    limiter({ keyPrefix, points, duration }: Record<'points' | 'duration', number> & { keyPrefix: string }): Limiter {
      const change = (key: string | number, by: number) => {
        const name = `${keyPrefix}:${key}`;
        const known = live(name);
        const used = known ?? { points: 0, expiresAt: Date.now() + duration * 1_000 };
        used.points += by;
        if (!known) memory.set(name, used);
        return Promise.resolve(answer(used, !known));
      };
      const answer = (used: Used, first = false) =>
        new RateLimiterRes(Math.max(0, points - used.points), used.expiresAt - Date.now(), used.points, first);

      return {
        penalty: (key, by = 1) => change(key, by),
        reward: (key, by = 1) => change(key, -by),
        get(key) {
          const used = live(`${keyPrefix}:${key}`);
          return Promise.resolve(used ? answer(used) : null);
        },
        delete: (key) => Promise.resolve(memory.delete(`${keyPrefix}:${key}`)),
      };
    },

    /** How many keys are stored. */
    size: () => memory.size,
  };

  function live(name: string): Used | undefined {
    const used = memory.get(name);
    return used && used.expiresAt > Date.now() ? used : undefined;
  }
}
