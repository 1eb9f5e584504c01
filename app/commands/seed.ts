import { join } from 'node:path';
import { z } from 'zod';
import { validate } from '../../middlewares/http/validate.js';
import { password as passwordSchema } from '../../routes/fields.schema.js';
import { createPasswordHasher } from '../../services/accounts/password-hasher.js';
import { createDemoSeeder, type Found } from '../../demo/seed/seed-demo.js';
import { createMedia } from '../../services/media/create-media.js';
import { cliIn } from '../../views/locales/cli.js';
import { messagesIn, type Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { createLogger } from '../logger.js';
import { openMigrated } from '../open-database.js';
import { StartError } from '../start-error.js';
import { readPassword } from './create-user.js';
import { createProgress } from './progress.js';
import { databaseFile } from '../database-url.js';

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

/** `allium seed`. @throws StartError, ValidationFailed in the language `locale`. */
export async function seed(
  { dataDir, database: location, log }: Config,
  options: SeedOptions,
  locale: Locale,
): Promise<void> {
  const text = cliIn[locale].seed;
  const given = validate(optionsSchema, options, messagesIn[locale]);
  const { posts, seed: number, until = new Date().toISOString().slice(0, 10) } = given;

  const file = databaseFile(location);
  if (file === undefined) throw new StartError((text) => text.seed.sqliteOnly);
  openDataDir(dataDir);
  const { models, close } = await openMigrated(location, createLogger({ ...log, format: 'pretty' }));
  try {
    const { media } = createMedia({ models, dir: join(dataDir, 'uploads'), quotaBytes: Infinity });
    const demo = createDemoSeeder({ models, file, passwords: createPasswordHasher(), media });
    refuseUnlessEmpty(await demo.find(), options);
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
  } finally {
    await close();
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
