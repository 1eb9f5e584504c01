import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { validate } from '../../middlewares/http/validate.js';
import { registerSchema } from '../../routes/auth/auth.schema.js';
import { createPasswordHasher } from '../../services/accounts/password-hasher.js';
import { EmailTaken, UsernameTaken } from '../../services/errors.js';
import { insertUser } from '../../services/users/user-rows.js';
import { cliIn } from '../../views/locales/cli.js';
import { messagesIn, type Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { createLogger } from '../logger.js';
import { openMigrated } from '../open-database.js';
import { StartError } from '../start-error.js';

interface Options {
  email: string;
  username: string;
  admin: boolean;
}

/** `allium user create`. @throws StartError, ValidationFailed in the language `locale`. */
export async function createUser(
  { dataDir, database: location, log }: Config,
  options: Options,
  locale: Locale,
): Promise<void> {
  const text = cliIn[locale].user;
  const { email, username } = options;
  const account = { email, username, password: await readPassword(locale) };
  const { password, ...fields } = validate(registerSchema, account, messagesIn[locale]);

  openDataDir(dataDir);
  const { models, close } = await openMigrated(location, createLogger({ ...log, format: 'pretty' }));
  try {
    const passwordHash = await createPasswordHasher().hash(password);
    const role = options.admin ? 'admin' : 'user';
    const user = await models.write((transaction) =>
      insertUser(models, { ...fields, role, passwordHash }, transaction),
    );
    process.stdout.write(`${text.created(role, user.username, user.id)}\n`);
  } catch (error) {
    if (error instanceof EmailTaken) throw new StartError(({ user }) => user.emailTaken(email));
    if (error instanceof UsernameTaken) throw new StartError(({ user }) => user.usernameTaken(username));
    throw error;
  } finally {
    await close();
  }
}

/** From a prompt that does not show it, or the first line of standard input. @throws StartError when there is none. */
export async function readPassword(locale: Locale): Promise<string> {
  const text = cliIn[locale].user;
  const { stdin, stdout } = process;
  const terminal = stdin.isTTY;
  if (terminal) stdout.write(text.password);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal });
  try {
    for await (const line of lines) return line;
    throw new StartError(({ user }) => user.noPassword);
  } finally {
    lines.close();
    if (terminal) stdout.write('\n');
  }
}
