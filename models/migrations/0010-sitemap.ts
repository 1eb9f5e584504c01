import type { MigrationContext } from '../migrate.js';

/** Sitemaps list every published post: from this index alone, since a row's columns lie behind whole texts. */
export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.addIndex('posts', {
    name: 'posts_for_sitemap',
    fields: ['status', 'id', 'slug', 'updated_at'],
    transaction,
  });
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.removeIndex('posts', 'posts_for_sitemap', { transaction });
}
