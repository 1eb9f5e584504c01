import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { compression, defineAlgorithm } from 'vite-plugin-compression2';

/**
 * Builds the single-page application out of `web/` into `public/assets/`, where the server serves it as it lies.
 *
 * There is no index.html: the server renders the shell and finds the hashed names in the manifest, under the key
 * `web/main.ts`. The compressed siblings are made here, once, so that no request ever pays for them.
 */
export default defineConfig({
  base: '/assets/',
  publicDir: false,
  plugins: [
    vue(),
    compression({
      include: /\.(js|css|svg)$/,
      threshold: 1024,
      skipIfLargerOrEqual: true,
      algorithms: [defineAlgorithm('gzip', { level: 9 }), defineAlgorithm('brotliCompress')],
    }),
  ],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: 'public/assets',
    assetsDir: '',
    emptyOutDir: true,
    manifest: true,
    // A data: URL would need an exception in the content security policy.
    assetsInlineLimit: 0,
    // Every browser that loads the bundle knows module preloading; the polyfill would be dead weight.
    modulePreload: { polyfill: false },
    rolldownOptions: { input: 'web/main.ts' },
  },
});
