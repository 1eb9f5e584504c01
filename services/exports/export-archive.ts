import { Readable, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { StoredPersonalToken } from '../../models/credentials/personal-tokens.js';
import type { SignInRow } from '../../models/credentials/sign-in.js';
import type { ExportedPost } from '../../models/exports/account-data.js';
import type { Models } from '../../models/index.js';
import { filesOf } from '../../models/uploads/uploads.js';
import type { MediaStorage } from '../media/media-storage.js';

interface ExportArchiveDeps {
  models: Models;
  mediaStorage: MediaStorage;
}

type Entries = AsyncGenerator<[path: string, content: Readable, compress: boolean], void, void>;

/** Writes what an account has made into a ZIP, one file after the other: each is read when the one before is written. */
export function createExportArchive({ models, mediaStorage }: ExportArchiveDeps) {
  const { accountData, users, signIns, personalTokens, uploads } = models;

  return async function writeArchive(userId: number, target: Writable, signal: AbortSignal): Promise<void> {
    const zip = new ZipFile();
    zip.on('error', (error: Error) => target.destroy(error)); // of a file that it reads
    const written = pipeline(zip.outputStream, target, { signal });
    written.catch(() => {}); // thrown below, also while no file is being added
    try {
      for await (const [path, content, compress] of entriesOf(userId)) {
        signal.throwIfAborted();
        zip.addReadStream(content, path, { compress });
        await Promise.race([finished(content), written]).finally(() => content.destroy());
      }
      zip.end();
    } catch (error) {
      target.destroy(error as Error);
      throw error;
    }
    await written;
  };

  async function* entriesOf(userId: number): Entries {
    yield ['profile.json', json(await profileOf(userId)), true];
    yield ['follows.json', json(await accountData.follows(userId)), true];
    yield ['devices.json', json((await signIns.valid(userId, Date.now())).map(deviceOf)), true];
    yield ['tokens.json', json((await personalTokens.ofUser(userId)).map(tokenOf)), true];
    yield ['comments.json', jsonArray(accountData.comments(userId)), true];
    yield ['likes.json', jsonArray(accountData.likes(userId)), true];
    for await (const post of accountData.posts(userId)) {
      yield [`posts/${post.slug}.md`, Readable.from([Buffer.from(markdownOf(post))]), true];
    }
    const pictures = await uploads.all(userId);
    yield ['uploads.json', json(pictures.map(({ ownerId: _, ...picture }) => picture)), true];
    for (const name of pictures.flatMap(filesOf)) {
      const file = await mediaStorage.find(name);
      if (file) yield [`uploads/${name}`, mediaStorage.read(name, { start: 0, end: file.size - 1 }), false];
    }
  }

  async function profileOf(userId: number): Promise<object> {
    const { usernameKey: _u, emailKey: _e, nameKey: _n, ...profile } = (await users.find(userId)) ?? {};
    return profile;
  }
}

const isoOf = (timeMs: number | null) => (timeMs === null ? null : new Date(timeMs).toISOString());

function deviceOf({ kind, browser, os, address, createdAt, lastSeenAt }: SignInRow): object {
  return { kind, browser, os, address, createdAt: isoOf(createdAt), lastSeenAt: isoOf(lastSeenAt) };
}

function tokenOf({ name, scopes, createdAt, lastUsedAt, expiresAt }: StoredPersonalToken): object {
  const times = { createdAt: isoOf(createdAt), lastUsedAt: isoOf(lastUsedAt), expiresAt: isoOf(expiresAt) };
  return { name, scopes: scopes.split(','), ...times };
}

/** Markdown behind its front matter: YAML, of which JSON is a part. */
function markdownOf({ content, tags, ...fields }: ExportedPost): string {
  const lines = Object.entries({ ...fields, tags: JSON.parse(tags) as string[] }).map(
    ([name, value]) => `${name}: ${JSON.stringify(value)}\n`,
  );
  return `---\n${lines.join('')}---\n\n${content}\n`;
}

const json = (value: object): Readable => Readable.from([Buffer.from(`${JSON.stringify(value, null, 2)}\n`)]);

function jsonArray(values: AsyncIterable<object>): Readable {
  return Readable.from(lines(values));
}

async function* lines(values: AsyncIterable<object>): AsyncGenerator<Buffer, void, void> {
  let before = '[\n';
  for await (const value of values) {
    yield Buffer.from(`${before}  ${JSON.stringify(value)}`);
    before = ',\n';
  }
  yield Buffer.from(before === '[\n' ? '[]\n' : '\n]\n');
}
