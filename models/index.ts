import type { Sequelize } from 'sequelize';
import { defineCategory } from './category.js';
import { defineComment } from './comment.js';
import { definePost } from './post.js';
import { definePersonalToken } from './personal-token.js';
import { createLeases, type Leases } from './leases.js';
import { defineRefreshToken } from './refresh-token.js';
import { defineSession } from './session.js';
import { openReader, type Reader } from './reader.js';
import { defineSignIn } from './sign-in.js';
import { openSqlite } from './sqlite.js';
import { defineUpload } from './upload.js';
import { defineUser } from './user.js';
import { openVersions, type Versions } from './versions.js';
import { createWriter, statements, type Statements, type Write } from './writer.js';

export interface Models extends Statements {
  User: ReturnType<typeof defineUser>;
  Session: ReturnType<typeof defineSession>;
  SignIn: ReturnType<typeof defineSignIn>;
  RefreshToken: ReturnType<typeof defineRefreshToken>;
  PersonalToken: ReturnType<typeof definePersonalToken>;
  Category: ReturnType<typeof defineCategory>;
  Post: ReturnType<typeof definePost>;
  Comment: ReturnType<typeof defineComment>;
  Upload: ReturnType<typeof defineUpload>;
  leases: Leases;
  /** Every change goes through here, */
  write: Write;
  /** and every read outside of a write through one of these two. */
  read: Reader['read'];
  readLong: Reader['readLong'];
  /** Whether what has been read may be kept. */
  versionOf: Versions['of'];
}

export interface Database {
  sequelize: Sequelize;
  models: Models;
  close(): Promise<void>;
}

/** Opens the database in `file`. Each call owns its models, so two may be open at once. */
export function openDatabase(file: string): Database {
  const sequelize = openSqlite(file);
  const reader = openReader(file);
  const versions = openVersions(file);
  const write = createWriter(sequelize, versions);
  const models: Models = {
    User: defineUser(sequelize),
    Session: defineSession(sequelize),
    SignIn: defineSignIn(sequelize),
    RefreshToken: defineRefreshToken(sequelize),
    PersonalToken: definePersonalToken(sequelize),
    Category: defineCategory(sequelize),
    Post: definePost(sequelize),
    Comment: defineComment(sequelize),
    Upload: defineUpload(sequelize),
    ...statements,
    leases: createLeases({ ...statements, read: reader.read, write }),
    write,
    read: reader.read,
    readLong: reader.readLong,
    versionOf: versions.of,
  };
  return {
    sequelize,
    models,
    async close() {
      await reader.close();
      await sequelize.close();
      versions.close();
    },
  };
}
