import { existsSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';
import { compression, defineAlgorithm } from 'vite-plugin-compression2';

const OUT_DIR = 'public/assets';
const RETENTION_MS = 7 * 86_400_000;

/** Pages of earlier builds are still open somewhere and fetch their parts when they need them: those stay for a week. */
function keepRecentBuilds(): Plugin {
  return {
    name: 'keep-recent-builds',
    apply: 'build',
    buildStart() {
      if (!existsSync(OUT_DIR)) return;
      for (const entry of readdirSync(OUT_DIR, { withFileTypes: true })) {
        const file = join(OUT_DIR, entry.name);
        if (entry.isFile() && Date.now() - statSync(file).mtimeMs > RETENTION_MS) rmSync(file);
      }
    },
  };
}

/** Few files, cut by what is opened together: what every page starts with, and what the forms of several pages share. */
const CHUNKS = [
  { name: 'start', tags: ['$initial' as const], priority: 2 },
  { name: 'forms', test: /[\\/]web[\\/](?!pages|locales)|[\\/]@lucide[\\/]/, minShareCount: 2, priority: 1 },
];

/** The same application for the server, in one file, which renders first views with it. */
const SERVER_BUILD = {
  outDir: 'dist/web',
  emptyOutDir: true,
  manifest: false,
  rolldownOptions: { input: 'web/server.ts', output: { codeSplitting: false } },
} as const;

/**
 * Builds the single-page application out of `web/` into `public/assets/`, where the server serves it as it lies.
 *
 * There is no index.html: the server renders the shell and finds the hashed names in the manifest, under the key
 * `web/main.ts`. The compressed siblings are made here, once, so that no request ever pays for them.
 */
export default defineConfig(({ isSsrBuild }) => ({
  base: '/assets/',
  publicDir: false,
  plugins: [
    vue(),
    !isSsrBuild && keepRecentBuilds(),
    !isSsrBuild &&
      compression({
        include: /\.(js|css|svg)$/,
        threshold: 1024,
        skipIfLargerOrEqual: true,
        algorithms: [defineAlgorithm('gzip', { level: 9 }), defineAlgorithm('brotliCompress')],
      }),
  ],
  define: {
    ...(isSsrBuild && { 'process.env.NODE_ENV': '"production"' }),
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  server: {
    host: '127.0.0.1', // reached through our own server alone (app/dev-assets.ts)
    // Denies files outside the sources, such as data/.
    fs: { allow: ['web', realpathSync('node_modules')] },
    watch: { ignored: ['**/{data,dist,public,tests,docs,.wireit}/**'] },
  },
  build: {
    outDir: OUT_DIR,
    assetsDir: '',
    emptyOutDir: false,
    manifest: true,
    // A data: URL would need an exception in the content security policy.
    assetsInlineLimit: 0,
    // Every browser that loads the bundle knows module preloading; the polyfill would be dead weight.
    modulePreload: { polyfill: false },
    rolldownOptions: { input: 'web/main.ts', output: { codeSplitting: { groups: CHUNKS } } },
    ...(isSsrBuild && SERVER_BUILD),
  },
  // The product does not depend on what the pages are made with.
  // Without `node`, for which Vue has a copy of itself in CommonJS, compiler included.
  ssr: { noExternal: true, resolve: { conditions: ['module', 'development|production'] } },
}));
