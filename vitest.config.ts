import { defineConfig } from 'vitest/config';

const folders = '{app,bin,demo,routes,middlewares,services,models,views,web,tests/support}';

/** They need a PostgreSQL server. */
const onPostgres = [
  'models/dialects/postgres/**',
  'models/copy-database.test.ts',
  'app/commands/seed-postgres.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks', // threads abort while SQLite has work pending
    reporters: ['default', './tests/support/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'app',
          include: [`${folders}/**/*.test.ts`],
          exclude: onPostgres,
          // Beside other work a machine takes several times as long as by itself.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres', // what touches data, on a PostgreSQL server of the tests' own
          include: ['{app,middlewares,models,routes,services}/**/*.test.ts'],
          exclude: ['models/dialects/sqlite/**', 'models/migrate.test.ts', 'models/migrations/**'],
          globalSetup: ['tests/support/postgres-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['tests/faults/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false, // what they measure is time
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
