import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { validate } from '../../middlewares/http/validate.js';
import { password as passwordSchema } from '../../routes/fields.schema.js';
import { createPasswordHasher } from '../../services/accounts/password-hasher.js';
import { createDemoSeeder, findContent, type Found } from '../../demo/seed/seed-demo.js';
import { COPY_TIMEOUT_MS } from '../../models/copy-database.js';
import type { Database } from '../../models/index.js';
import { postsLoaded } from '../../services/cache/invalidation.js';
import { createMedia } from '../../services/media/create-media.js';
import { cliIn } from '../../views/locales/cli.js';
import { messagesIn, type Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { createLogger } from '../logger.js';
import { openMigrated } from '../open-database.js';
import { StartError } from '../start-error.js';
import { readPassword } from './create-user.js';
import { copy } from './migrate.js';
import { createProgress } from './progress.js';

/** As the command line gives them. */
export interface SeedOptions {
  posts: string;
  seed: string;
  until?: string;
  password: boolean;
  covers: boolean;
  force: boolean;
}

const optionsSchema = z.object({
  posts: z.coerce.number().int().min(1).max(10_000_000),
  seed: z.coerce.number().int().min(0),
  until: z.iso.date().optional(),
});

/**
 * `allium seed`. The rows are written to SQLite, in bulk; an empty PostgreSQL database gets a copy of them.
 *
 * @throws StartError, ValidationFailed in the language `locale`.
 */
export async function seed(config: Config, options: SeedOptions, locale: Locale): Promise<void> {
  const { dataDir, database: location, log } = config;
  const given = validate(optionsSchema, options, messagesIn[locale]);
  const { posts, seed: number, until = new Date().toISOString().slice(0, 10) } = given;
  openDataDir(dataDir);
  const logger = createLogger({ ...log, format: 'pretty' });
  if (typeof location === 'string') return closing(await openMigrated(location, logger), (it) => fill(it, location));

  const dir = mkdtempSync(join(tmpdir(), 'allium-seed-'));
  try {
    const target = await openMigrated({ ...location, writeTimeoutMs: COPY_TIMEOUT_MS }, logger);
    await closing(target, async (after) => {
      const found = await findContent(after.models);
      if (found.people + found.posts > 0) {
        throw new StartError(({ seed: text }) => text.emptyOnly(found.posts, found.people));
      }
      const file = join(dir, 'seed.sqlite');
      await closing(await openMigrated(file, logger), async (before) => {
        await fill(before, file);
        await copy(before, after, locale);
      });
      await after.models.write(() => Promise.resolve(), postsLoaded()); // for servers that run
    });
  } finally {
    rmSync(dir, { recursive: true });
  }

  async function fill({ models }: Database, file: string): Promise<void> {
    const text = cliIn[locale].seed;
    const { media } = createMedia({ models, dir: join(dataDir, 'uploads'), quotaBytes: Infinity });
    const demo = createDemoSeeder({ models, file, passwords: createPasswordHasher(), media });
    refuseUnlessEmpty(await findContent(models), options);
    const password = options.password ? await askPassword(locale) : undefined;

    const { show, end } = createProgress(process.stdout, text);
    const began = performance.now();
    const made = await demo.make({
      posts,
      seed: number,
      until: new Date(`${until}T00:00:00Z`),
      password,
      covers: options.covers,
      progress: show,
    });
    end();
    const seconds = (performance.now() - began) / 1_000;
    process.stdout.write(
      `${text.created(made.people, made.posts, made.published, made.covers, seconds.toFixed(1))}\n` +
        (password === undefined ? `${text.cannotSignIn}\n` : ''),
    );
  }
}

async function closing(database: Database, work: (database: Database) => Promise<void>): Promise<void> {
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

/** Demonstration posts are added to people's own posts only with --force. @throws StartError */
function refuseUnlessEmpty({ people, posts }: Found, { force }: SeedOptions): void {
  if (force || posts === 0) return;
  throw new StartError(({ seed: text }) => text.notEmpty(posts, people));
}

const passwordField = z.strictObject({ password: passwordSchema });

/** @throws ValidationFailed */
async function askPassword(locale: Locale): Promise<string> {
  return validate(passwordField, { password: await readPassword(locale) }, messagesIn[locale]).password;
}
