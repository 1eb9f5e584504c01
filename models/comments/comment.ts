import { DataTypes, type Sequelize } from 'sequelize';

/** A comment on a post, or a reply to such a comment: one level, no deeper. */
export interface CommentRow {
  id: number;
  postId: number;
  parentId: number | null;
  /** Null once the author's account has been deleted. */
  authorId: number | null;
  content: string;
  createdAt: Date;
  updatedAt: Date;
}

export function defineComment(database: Sequelize) {
  return database.define(
    'Comment',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      postId: { type: DataTypes.INTEGER, allowNull: false },
      parentId: DataTypes.INTEGER,
      authorId: DataTypes.INTEGER,
      content: { type: DataTypes.TEXT, allowNull: false },
      createdAt: DataTypes.DATE,
      updatedAt: DataTypes.DATE,
    },
    { tableName: 'comments', underscored: true },
  );
}
