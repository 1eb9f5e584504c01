import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from './project-root.js';

/** Who may import whom. Each folder sees itself and what is listed, and nothing else. */
const MAY_IMPORT: Record<string, string[]> = {
  models: [],
  services: ['models'],
  middlewares: ['services', 'views/locales'],
  routes: ['middlewares', 'services', 'models', 'views/locales'],
  demo: ['services', 'models'],
  app: ['routes', 'middlewares', 'services', 'models', 'views/locales', 'demo/seed'],
  bin: ['app', 'services', 'models'],
  views: [],
};

interface Import {
  from: string;
  /** Path in the project. */
  target: string;
  typesOnly: boolean;
}

it('sees the imports that it judges', () => {
  const targets = sourceFiles('app')
    .flatMap(importsOf)
    .map(({ target }) => target);
  expect(targets).toContain('middlewares/session/session.js');
  expect(targets).toContain('views/locales/index.js');
});

describe.each(Object.entries(MAY_IMPORT))('%s/', (folder, allowed) => {
  it(`imports only from ${[folder, ...allowed].join(', ')}`, () => {
    const strays = sourceFiles(folder)
      .flatMap(importsOf)
      .filter(({ target }) => ![folder, ...allowed].some((place) => target.startsWith(`${place}/`)));

    expect(strays).toEqual([]);
  });
});

describe('services/upstreams/', () => {
  it('is imported by its index only', () => {
    const strays = Object.keys(MAY_IMPORT)
      .flatMap(sourceFiles)
      .filter((file) => !file.startsWith('services/upstreams/'))
      .flatMap(importsOf)
      .filter(({ target }) => /^services\/upstreams\/(?!index\.js$)/.test(target));

    expect(strays).toEqual([]);
  });
});

describe('demo/', () => {
  it('is imported by `allium seed` only', () => {
    const importers = Object.keys(MAY_IMPORT)
      .filter((folder) => folder !== 'demo')
      .flatMap(sourceFiles)
      .flatMap(importsOf)
      .filter(({ target }) => target.startsWith('demo/'))
      .map(({ from }) => from);

    expect([...new Set(importers)]).toEqual(['app/commands/seed.ts']);
  });
});

describe('web/', () => {
  it('takes nothing but types from the server', () => {
    const strays = sourceFiles('web')
      .flatMap(importsOf)
      .filter(({ target, typesOnly }) => !target.startsWith('web/') && !typesOnly);

    expect(strays).toEqual([]);
  });
});

describe('web/client/', () => {
  it('is complete by itself, as programs elsewhere use it', () => {
    const strays = sourceFiles('web/client')
      .flatMap(importsOf)
      .filter(({ target }) => !target.startsWith('web/client/'));

    expect(strays).toEqual([]);
  });
});

describe('the environment', () => {
  it('is read in app/ and bin/ only', () => {
    expect(mentioning(/\bprocess\.env\b/, ['models', 'services', 'middlewares', 'routes', 'views'])).toEqual([]);
  });
});

describe('ctx', () => {
  it('is known in routes/ and middlewares/ only', () => {
    expect(mentioning(/\bctx\b/, ['models', 'services', 'app', 'bin', 'views'])).toEqual([]);
  });
});

describe('the application', () => {
  it('is put together in one place, for production and tests alike', () => {
    const everywhere = [...Object.keys(MAY_IMPORT), 'tests', 'bench'];
    const assembled = everywhere
      .flatMap((folder) => typescriptFiles(folder))
      .filter((file) => /\bnew Koa\b/.test(contentOf(file)) && !file.endsWith('architecture.test.ts'));

    expect(assembled).toEqual(['app/create-app.ts']);
  });
});

describe('source files', () => {
  it('stay under 250 lines', () => {
    const long = Object.keys(MAY_IMPORT)
      .flatMap(sourceFiles)
      .filter((file) => contentOf(file).split('\n').length > 250);

    expect(long).toEqual([]);
  });
});

function mentioning(pattern: RegExp, folders: string[]): string[] {
  return folders.flatMap(sourceFiles).filter((file) => pattern.test(contentOf(file)));
}

function typescriptFiles(folder: string): string[] {
  return readdirSync(join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|vue)$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

function sourceFiles(folder: string): string[] {
  return typescriptFiles(folder).filter((name) => !name.endsWith('.test.ts'));
}

function contentOf(file: string): string {
  return readFileSync(join(PROJECT_ROOT, file), 'utf8');
}

/** Relative imports and re-exports, static and dynamic. */
function importsOf(file: string): Import[] {
  const found = contentOf(file).matchAll(
    /(?:\b(?<kind>import|export)\s+(?<type>type\s)?[^'";]*?from\s*|\bimport\s*\(?\s*)'(?<specifier>\.[^']*)'/g,
  );
  return [...found].map(({ groups = {} }) => ({
    from: file,
    target: normalize(join(dirname(file), groups['specifier'] ?? '')),
    typesOnly: groups['type'] !== undefined,
  }));
}
