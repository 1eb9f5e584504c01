import { DataTypes } from 'sequelize';
import type { MigrationContext } from '../migrate.js';

/**
 * Posts that are published later, earlier versions of posts, and which renderer has made a post's HTML. Adds columns with
 * constant defaults, which rewrites no row; the index is empty, as no post has a time yet.
 */
export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  const add = (name: string, column: { type: DataTypes.DataType; allowNull?: boolean; defaultValue?: number }) =>
    schema.addColumn('posts', name, column, { transaction });
  await add('publish_at', { type: DataTypes.DATE(3) });
  await add('saved_by', { type: DataTypes.BIGINT });
  await add('renderer', { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 });
  // By state first: with the time alone SQLite prefers an index that has the state, and reads every scheduled post.
  await schema.sequelize.query(
    'CREATE INDEX posts_by_schedule ON posts (status, publish_at) WHERE publish_at IS NOT NULL',
    { transaction },
  );

  await schema.createTable(
    'post_revisions',
    {
      post_id: {
        type: DataTypes.BIGINT,
        primaryKey: true,
        references: { model: 'posts', key: 'id' },
        onDelete: 'CASCADE',
      },
      version: { type: DataTypes.INTEGER, primaryKey: true },
      title: { type: DataTypes.TEXT, allowNull: false },
      content: { type: DataTypes.TEXT, allowNull: false },
      excerpt: { type: DataTypes.TEXT, allowNull: false },
      category: { type: DataTypes.TEXT, allowNull: false },
      tags: { type: DataTypes.TEXT, allowNull: false },
      cover_image: DataTypes.TEXT,
      saved_at: { type: DataTypes.DATE(3), allowNull: false },
      // Without a foreign key, as `posts.saved_by`: ids are never used twice, and deleting an account would have to
      // look all its revisions up.
      saved_by: DataTypes.BIGINT,
    },
    { transaction },
  );
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.dropTable('post_revisions', { transaction });
  const run = (sql: string) => schema.sequelize.query(sql, { transaction });
  await run("UPDATE posts SET status = 'draft' WHERE status = 'scheduled'");
  await run('DROP INDEX posts_by_schedule');
  for (const column of ['publish_at', 'saved_by', 'renderer']) await run(`ALTER TABLE posts DROP COLUMN ${column}`);
}
