/** koa-redis has no types of its own; `@types/koa-redis` brings a second, conflicting `ctx.session`. */
declare module 'koa-redis' {
  import type { Redis } from 'ioredis';

  interface RedisStore {
    /** @returns what was stored under the key, parsed from JSON; null when there is nothing or it does not parse. */
    get(key: string): Promise<unknown>;
  }
  export default function redisStore(options: { client: Redis }): RedisStore;
}
