import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../models/migrate.js';
import { openDatabase } from '../models/index.js';
import { createPasswordHasher } from '../services/accounts/password-hasher.js';
import { insertUser } from '../services/users/user-rows.js';
import { ROOT } from './processes.js';
import { ADMINISTRATOR, emailOf, PASSWORD } from './scenarios.js';

const USERS = 1_000;

/** Makes a DATA_DIR with an administrator and people, who all have one password: a thousand hashes would take a minute. */
export async function seed(dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  const database = openDatabase(databaseIn(dataDir));
  await migrate(database);
  const passwordHash = await createPasswordHasher().hash(PASSWORD);
  await database.models.write(async (transaction) => {
    const add = (user: object) => insertUser(database.models, { ...ADMINISTRATOR, ...user, passwordHash }, transaction);
    await add({ role: 'admin' });
    for (let number = 1; number < USERS; number += 1) await add(person(number));
  });
  await database.close();
}

/** Adds the demonstration's posts, as anybody would make them. */
export function seedPosts(dataDir: string, posts: number): void {
  const args = ['dist/bin/allium.js', 'seed', '--posts', String(posts), '--until', '2026-01-31', '--no-covers'];
  const { PATH, HOME } = process.env;
  execFileSync(process.execPath, args, { cwd: ROOT, env: { PATH, HOME, DATA_DIR: dataDir }, stdio: 'ignore' });
}

export function databaseIn(dataDir: string): string {
  return join(dataDir, 'allium.sqlite');
}

function person(number: number) {
  return {
    username: `person-${number}`,
    email: emailOf(number),
    name: `Person Number ${number}`,
    age: 20 + (number % 60),
    profile: { firstName: 'Person', lastName: `Number ${number}`, location: 'Somewhere' },
  };
}
