import { join } from 'node:path';
import { z } from 'zod';
import { validate } from '../../middlewares/validate.js';
import { password as passwordSchema } from '../../routes/fields.schema.js';
import { createPasswordHasher } from '../../services/accounts/password-hasher.js';
import { createDemoService, type Found } from '../../services/demo/demo-service.js';
import { createMedia } from '../../services/media/create-media.js';
import { messagesIn, type Locale } from '../../views/locales/index.js';
import { StartError, type Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { createLogger } from '../logger.js';
import { openMigrated } from '../open-database.js';
import { readPassword } from './create-user.js';
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

/** `allium seed`. @throws StartError, ValidationFailed in the language `locale`. */
export async function seed(
  { dataDir, database: { file }, log }: Config,
  options: SeedOptions,
  locale: Locale,
): Promise<void> {
  const given = validate(optionsSchema, options, messagesIn[locale]);
  const { posts, seed: number, until = new Date().toISOString().slice(0, 10) } = given;

  openDataDir(dataDir);
  const { models, close } = await openMigrated(file, createLogger({ ...log, format: 'pretty' }));
  try {
    const { media } = createMedia({ models, dir: join(dataDir, 'uploads'), quotaBytes: Infinity });
    const demo = createDemoService({ models, file, passwords: createPasswordHasher(), media });
    refuseUnlessEmpty(await demo.find(), options);
    const password = options.password ? await askPassword(locale) : undefined;

    const { show, end } = createProgress(process.stdout);
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
      `Made ${made.people} people, ${made.posts} posts (${made.published} published) and ${made.covers} pictures ` +
        `in ${seconds.toFixed(1)} s.\n` +
        (password === undefined ? 'These accounts cannot sign in; use --password to give them one.\n' : ''),
    );
  } finally {
    await close();
  }
}

/** What people have written must not be mixed with what nobody has, unless that is meant. */
function refuseUnlessEmpty({ people, posts }: Found, { force }: SeedOptions): void {
  if (force || posts === 0) return;
  throw new StartError(
    `There are ${posts} posts and ${people} people already. Add to them with --force, or use another DATA_DIR.`,
  );
}

const passwordField = z.strictObject({ password: passwordSchema });

/** @throws ValidationFailed */
async function askPassword(locale: Locale): Promise<string> {
  return validate(passwordField, { password: await readPassword() }, messagesIn[locale]).password;
}
