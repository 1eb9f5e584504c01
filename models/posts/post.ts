import { DataTypes, type Sequelize } from 'sequelize';

export const POST_STATUSES = ['draft', 'scheduled', 'published', 'archived'] as const;
export type PostStatus = (typeof POST_STATUSES)[number];

/** An article. Triggers count its likes and comments. */
export interface PostRow {
  id: number;
  slug: string;
  title: string;
  /** Markdown, as written. */
  content: string;
  /** What `content` means, safe to show. */
  html: string;
  excerpt: string;
  /** Null once the author's account has been deleted. */
  authorId: number | null;
  categoryId: number;
  /** JSON: the names, in the author's order. `post_tags` holds the same, for looking posts up. */
  tags: string;
  coverImage: string | null;
  status: PostStatus;
  viewCount: number;
  likeCount: number;
  commentCount: number;
  /** Raised by each edit; an edit of another version is refused. */
  version: number;
  /** Set while it is scheduled, and only then. */
  publishAt: Date | null;
  /** When it was published for the first time, or the time that it was last scheduled for. */
  publishedAt: Date | null;
  /** Whose edit this version is: an account, which may be deleted by now. Null before versions had one: the author's. */
  savedBy: number | null;
  /** The version of the renderer that has made `html`. */
  renderer: number;
  createdAt: Date;
  updatedAt: Date;
}

export function definePost(database: Sequelize) {
  const count = () => ({ type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 });
  return database.define(
    'Post',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      slug: { type: DataTypes.STRING(120), allowNull: false, unique: true },
      title: { type: DataTypes.STRING(100), allowNull: false },
      content: { type: DataTypes.TEXT, allowNull: false },
      html: { type: DataTypes.TEXT, allowNull: false },
      excerpt: { type: DataTypes.STRING(200), allowNull: false },
      authorId: DataTypes.INTEGER,
      categoryId: { type: DataTypes.INTEGER, allowNull: false },
      tags: { type: DataTypes.TEXT, allowNull: false },
      coverImage: DataTypes.STRING(500),
      status: { type: DataTypes.STRING(16), allowNull: false, defaultValue: 'draft' },
      viewCount: count(),
      likeCount: count(),
      commentCount: count(),
      version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      publishAt: DataTypes.DATE,
      publishedAt: DataTypes.DATE,
      savedBy: DataTypes.INTEGER,
      renderer: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      createdAt: DataTypes.DATE,
      updatedAt: DataTypes.DATE,
    },
    { tableName: 'posts', underscored: true },
  );
}
