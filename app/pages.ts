import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import type { ErrorPage } from '../middlewares/error-handler.js';
import type { ShellLocals } from '../routes/pages/spa-shell.js';
import { docsIn } from '../views/locales/docs.js';
import { messagesIn, type Messages } from '../views/locales/index.js';
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
}

export interface Pages {
  shell: (locals: ShellLocals) => string;
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
    shell: ({ boot, ...locals }) =>
      shell({ ...locals, boot: jsonInHtml(boot), assets, t: messagesIn[locals.locale].pages }),
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

/** JSON that may stand in a script element: nothing in it can end the element or open a comment. */
function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function readAssets(file: string): Assets {
  const manifest = manifestSchema.parse(readBuilt(file));
  const entry = Object.values(manifest).find(({ isEntry }) => isEntry);
  if (!entry) throw new StartError(({ start }) => start.noEntryScript);
  const chunks = (entry.imports ?? []).flatMap((name) => manifest[name] ?? []);
  const addresses = (files: string[]) => [...new Set(files)].map((name) => `/assets/${name}`);
  return {
    script: `/assets/${entry.file}`,
    styles: addresses([entry, ...chunks].flatMap(({ css }) => css ?? [])),
    preloads: addresses(chunks.map((chunk) => chunk.file)),
  };
}

function readBuilt(file: string): unknown {
  try {
    return createRequire(import.meta.url)(file);
  } catch (cause) {
    throw new StartError(({ start }) => start.pagesNotBuilt, { cause });
  }
}
