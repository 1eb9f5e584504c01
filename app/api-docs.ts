import type { Router } from '@koa/router';
import type { AppContext, AppState } from '../middlewares/state.js';
import type { ApiDocs, DocsLocals } from '../routes/system/docs.routes.js';
import { chaptersOf, type Chapter } from './docs-page.js';
import { describeApi } from './openapi.js';

/** Raised with each change that clients can notice. */
const API_VERSION = '1.0.0';

/** Renders the page of the documents. */
export type RenderDocs = (locals: DocsLocals & { chapters: Chapter[] }) => string;

interface Options {
  router: Router<AppState, AppContext>;
  cookieName: string;
  render: RenderDocs;
}

/** Describes the API once, in all languages, for all requests. */
export function createApiDocs({ router, cookieName, render }: Options): ApiDocs {
  const api = describeApi(router, { version: API_VERSION, cookieName });
  const chapters = { en: chaptersOf(api, 'en'), 'zh-CN': chaptersOf(api, 'zh-CN') };
  return {
    document: JSON.stringify(api),
    page: (locals) => render({ ...locals, chapters: chapters[locals.locale] }),
  };
}
