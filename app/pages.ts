import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { ErrorPage } from '../middlewares/error-handler.js';
import type { RenderPage } from '../routes/pages/first-views.js';
import type { ShellLocals } from '../routes/pages/pages.js';
import { docsIn } from '../views/locales/docs.js';
import { messagesIn, type Locale, type Messages } from '../views/locales/index.js';
import type { RenderDocs } from './api-docs.js';
import { PROJECT_ROOT } from './project-root.js';
import { StartError } from './start-error.js';

/** Vite's build manifest, as far as it is read here (https://vite.dev/guide/backend-integration). */
const manifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().optional(),
    css: z.array(z.string()).optional(),
    imports: z.array(z.string()).optional(),
  }),
);

export interface Assets {
  /** Vite's, which replaces changed modules in the browser; in development only. */
  client?: string;
  script: string;
  styles: string[];
  /** Modules that the script imports at once. */
  preloads: string[];
  /** The module with the words of each language. */
  messages?: Record<Locale, string>;
}

export interface Pages {
  shell: (locals: ShellLocals) => string;
  /** Undefined in development. */
  render: RenderPage | undefined;
  error: ErrorPage;
  docs: RenderDocs;
}

type Template = (locals: object) => string;

/**
 * Loads the page templates, which the build has compiled, and the addresses of the built single-page application.
 *
 * @param unbuilt what pages load in place of the built application.
 * @throws StartError when one of them has not been built.
 */
export function createPages(unbuilt?: Assets): Pages {
  const assets = unbuilt ?? readAssets(join(PROJECT_ROOT, 'public/assets/.vite/manifest.json'));
  const { shell, error, docs } = readBuilt(join(PROJECT_ROOT, 'dist/templates.cjs')) as Record<
    'shell' | 'error' | 'docs',
    Template
  >;

  return {
    shell: (locals) => shell({ ...locals, assets, t: messagesIn[locals.locale].pages }),
    render: unbuilt ? undefined : createRenderer(join(PROJECT_ROOT, 'dist/web/server.js')),
    error({ status, title, requestId, locale, nonce }) {
      const t = messagesIn[locale].pages;
      return error({ locale, nonce, status, title, message: hintFor(status, t.hints), requestId, assets, t });
    },
    docs: (locals) => docs({ ...locals, assets, t: messagesIn[locals.locale].pages, docs: docsIn[locals.locale] }),
  };
}

function hintFor(status: number, hints: Messages['pages']['hints']): string {
  if (status === 404) return hints.notFound;
  if (status === 401 || status === 403) return hints.forbidden;
  if (status === 429 || status === 503) return hints.busy;
  return status >= 500 ? hints.broken : hints.other;
}

/** @param file the application as built for the server. It is loaded beside the start, which does not wait for it. */
function createRenderer(file: string): RenderPage {
  if (!existsSync(file)) throw new StartError(({ start }) => start.pagesNotBuilt);
  const loading = import(pathToFileURL(file).href) as Promise<{ renderPage: RenderPage }>;
  loading.catch(() => {}); // each page that awaits it sees the failure
  return async (state, path) => (await loading).renderPage(state, path);
}

function readAssets(file: string): Assets {
  const manifest = manifestSchema.parse(readBuilt(file));
  const entry = Object.values(manifest).find(({ isEntry }) => isEntry);
  if (!entry) throw new StartError(({ start }) => start.noEntryScript);
  const chunks = (entry.imports ?? []).flatMap((name) => manifest[name] ?? []);
  const words = (locale: Locale) => `/assets/${manifest[`web/locales/common/${locale}.ts`]?.file}`;
  const addresses = (files: string[]) => [...new Set(files)].map((name) => `/assets/${name}`);
  return {
    script: `/assets/${entry.file}`,
    styles: addresses([entry, ...chunks].flatMap(({ css }) => css ?? [])),
    preloads: addresses(chunks.map((chunk) => chunk.file)),
    messages: { en: words('en'), 'zh-CN': words('zh-CN') },
  };
}

function readBuilt(file: string): unknown {
  try {
    return createRequire(import.meta.url)(file);
  } catch (cause) {
    throw new StartError(({ start }) => start.pagesNotBuilt, { cause });
  }
}
