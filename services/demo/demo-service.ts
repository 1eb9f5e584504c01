import type { Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';
import { commandActor } from '../actor.js';
import type { PasswordHasher } from '../accounts/password-hasher.js';
import { UsernameTaken } from '../errors.js';
import type { MediaService } from '../media/media-service.js';
import { POSTS_KEY } from '../posts/posts-key.js';
import { insertUser } from '../users/user-rows.js';
import type { Viewer } from '../viewer.js';
import { longArticles, shortArticles } from './articles.js';
import { drawCover } from './covers.js';
import { addressOf, PEOPLE, type Person } from './people.js';
import { writePosts } from './post-writer.js';
import { createRandom, type Random } from './random.js';

interface Parts {
  models: Models;
  /** The database's. */
  file: string;
  passwords: PasswordHasher;
  media: Pick<MediaService, 'keep'>;
}

export interface DemoPlan {
  posts: number;
  /** The same number makes the same data. */
  seed: number;
  /** Nothing is dated later. */
  until: Date;
  /** Of everybody; without one nobody can sign in. */
  password: string | undefined;
  /** Whether posts get pictures, which takes most of the time. */
  covers: boolean;
  progress: (what: 'posts' | 'indexes and triggers' | 'covers', done: number, total: number) => void;
}

export interface Found {
  people: number;
  posts: number;
}

/** Up to so many posts are articles of some length, with pictures; beyond it they are short. */
const LONG_POSTS = 300;
/** How many user names are tried for each. */
const MAX_NAMES = 1_000;
/** By address: a user name of theirs may be a real person's. */
const KNOWN = 'SELECT id FROM users WHERE email_key = ?';

/** Fills an installation with people and posts that look real, for demonstrations and measurements. */
export function createDemoService({ models, file, passwords, media }: Parts) {
  return {
    /** What is there already. */
    async find(): Promise<Found> {
      const [found] = await models.readLong<Found>(
        {},
        'SELECT (SELECT count(*) FROM users) AS people, (SELECT count(*) FROM posts) AS posts',
      );
      return found ?? { people: 0, posts: 0 };
    },

    /** @returns what has been made. */
    async make({ posts, seed, until, password, covers: wanted, progress }: DemoPlan) {
      const random = createRandom(seed);
      const people = await addPeople(await passwords.hash(password ?? crypto.randomUUID()));
      await addFollows(people, random, until);
      const long = posts <= LONG_POSTS;
      const published = await writePosts({
        file,
        random,
        authors: people.map(({ id }, index) => ({ id, chinese: PEOPLE[index]?.chinese ?? false })),
        articles: long ? longArticles(random) : shortArticles(random),
        posts,
        lively: long,
        until,
        progress,
      });
      const covers = long && wanted ? await addCovers(published, random, progress) : 0;
      return { people: people.length, posts, published: published.length, covers };
    },
  };

  /** Those who are there from an earlier run stay as they are. */
  async function addPeople(passwordHash: string): Promise<Viewer[]> {
    return models.write(async (transaction) => {
      const people: Viewer[] = [];
      for (const person of PEOPLE) {
        const [known] = await models.select<{ id: number }>(transaction, KNOWN, addressOf(person));
        const user = known
          ? await models.User.findByPk(known.id, { transaction })
          : await insertPerson(person, passwordHash, transaction);
        if (user) people.push(user);
      }
      return people;
    });
  }

  /** Under another user name where a real person has theirs. */
  async function insertPerson(person: Person, passwordHash: string, transaction: Transaction): Promise<Viewer> {
    const { username, name, profile } = person;
    for (let number = 2, free = username; ; free = `${username}${number}`, number += 1) {
      try {
        const fields = { username: free, email: addressOf(person), name, profile, passwordHash };
        return await insertUser(models, fields, transaction);
      } catch (error) {
        if (!(error instanceof UsernameTaken) || number > MAX_NAMES) throw error;
      }
    }
  }

  async function addFollows(people: readonly Viewer[], random: Random, until: Date): Promise<void> {
    await models.write(async (transaction) => {
      for (const { id } of people) {
        for (const other of random.some(people, random.between(2, 8))) {
          if (other.id === id) continue;
          const sql = 'INSERT OR IGNORE INTO follows (follower_id, followee_id, created_at) VALUES (?, ?, ?)';
          await models.execute(transaction, sql, id, other.id, until);
        }
      }
    });
  }

  /** Two posts in three get a picture, which belongs to their author. */
  async function addCovers(posts: readonly number[], random: Random, progress: DemoPlan['progress']): Promise<number> {
    const chosen = posts.filter(() => random.chance(0.66));
    let done = 0;
    for (const postId of chosen) {
      const [post] = await models.read<{ authorId: number }>(
        'SELECT author_id AS authorId FROM posts WHERE id = ?',
        postId,
      );
      const author = post && (await models.User.findByPk(post.authorId));
      if (!author) continue;
      const picture = await drawCover(random);
      const [kept] = await media.keep(commandActor(author), incoming(picture));
      if (!kept) continue;
      await models.write(
        (transaction) =>
          models.execute(
            transaction,
            'UPDATE posts SET cover_image = ? WHERE id = ?',
            `/uploads/${kept.filename}`,
            postId,
          ),
        [POSTS_KEY],
      );
      done += 1;
      progress('covers', done, chosen.length);
    }
    return done;
  }
}

async function* incoming(picture: Buffer) {
  yield {
    field: 'image',
    originalName: 'cover.jpg',
    content: (async function* () {
      yield picture;
    })(),
  };
}
