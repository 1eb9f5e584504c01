import { writePostsInBulk } from '../../models/dialects/sqlite/posts/bulk-posts.js';
import type { Models } from '../../models/index.js';
import type { Transaction } from '../../models/queries.js';
import { commandActor } from '../../services/actor.js';
import type { PasswordHasher } from '../../services/accounts/password-hasher.js';
import { postChanged, postsLoaded } from '../../services/cache/invalidation.js';
import { UsernameTaken } from '../../services/errors.js';
import type { MediaService } from '../../services/media/media-service.js';
import { insertUser } from '../../services/users/user-rows.js';
import type { Viewer } from '../../services/viewer.js';
import { longArticles, shortArticles } from './articles.js';
import { drawCover } from './covers.js';
import { addressOf, PEOPLE, type Person } from './people.js';
import { createPostGenerator } from './post-generator.js';
import { createRandom, type Random } from './random.js';

interface DemoSeederDeps {
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
  /** Of all accounts; without one they cannot sign in. */
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

/** What is there already. */
export async function findContent({ users, stats }: Models): Promise<Found> {
  const [{ total: people }, byStatus] = await Promise.all([
    users.page({}, { field: 'id', descending: false }, { page: 1, limit: 1 }),
    stats.byStatus(),
  ]);
  return { people, posts: byStatus.reduce((total, { count }) => total + count, 0) };
}

/** Fills an installation with people and posts that look real, for demonstrations and measurements. */
export function createDemoSeeder({ models, file, passwords, media }: DemoSeederDeps) {
  return {
    /** @returns what has been made. */
    async make({ posts, seed, until, password, covers: wanted, progress }: DemoPlan) {
      const random = createRandom(seed);
      const people = await addPeople(await passwords.hash(password ?? crypto.randomUUID()));
      await addFollows(people, random, until);
      const long = posts <= LONG_POSTS;
      const nextPost = createPostGenerator({
        random,
        authors: people.map(({ id }, index) => ({ id, chinese: PEOPLE[index]?.chinese ?? false })),
        articles: long ? longArticles(random) : shortArticles(random),
        count: posts,
        lively: long,
        until,
      });
      const published = await writePostsInBulk({ file, count: posts, changes: postsLoaded(), progress }, nextPost);
      const covers = long && wanted ? await addCovers(published, random, progress) : 0;
      return { people: people.length, posts, published: published.length, covers };
    },
  };

  /** Those who are there from an earlier run stay as they are. */
  async function addPeople(passwordHash: string): Promise<Viewer[]> {
    return models.write(async (transaction) => {
      const people: Viewer[] = [];
      for (const person of PEOPLE) {
        const known = await models.users.findPassword(addressOf(person)); // a user name of theirs may be a real person's
        const user = known
          ? await models.users.findForUpdate(transaction, known.id)
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
          await models.follows.add(transaction, id, other.id, until);
        }
      }
    });
  }

  /** Two posts in three get a picture, which belongs to their author. */
  async function addCovers(posts: readonly number[], random: Random, progress: DemoPlan['progress']): Promise<number> {
    const chosen = posts.filter(() => random.chance(0.66));
    let done = 0;
    for (const postId of chosen) {
      const post = await models.posts.findAccess(postId);
      const author = post?.authorId ? await models.users.find(post.authorId) : undefined;
      if (!author) continue;
      const picture = await drawCover(random);
      const [stored] = await media.keep(commandActor(author), incoming(picture));
      if (!stored) continue;
      await models.write(
        async (transaction) => {
          const row = await models.posts.find(transaction, postId);
          const coverImage = `/uploads/${stored.filename}`;
          if (row) await models.posts.update(transaction, row, { coverImage, updatedAt: row.updatedAt });
        },
        postChanged({ id: postId }),
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
