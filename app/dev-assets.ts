import { BASE, devAssets } from '../middlewares/dev-assets.js';
import type { Middleware } from '../middlewares/state.js';
import type { Tunnels } from '../services/upstreams/index.js';
import type { Assets } from './pages.js';

/** Takes the place of the built files while `npm run dev` runs. */
export interface DevAssets {
  /** What pages load instead of the built entry. */
  entry: Assets;
  /** Answers `/assets/` from Vite; everything else goes to `files`, which serves `public/`. */
  layer: (files: Middleware) => Middleware;
}

/**
 * Serves the pages' sources through Vite's dev server, so that development has one address and the content security
 * policy of production. Loaded in development only.
 *
 * @param viteUrl where Vite listens, as http://127.0.0.1:5173
 */
export function createDevAssets(viteUrl: string, tunnels: Pick<Tunnels, 'join'>): DevAssets {
  return {
    entry: {
      client: `${BASE}@vite/client`,
      script: `${BASE}web/main.ts`,
      styles: [`${BASE}web/styles/index.css`],
      preloads: [],
    },
    layer: (files) => devAssets({ viteUrl, tunnels, files }),
  };
}
