import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

/** A comment on a post, or a reply to such a comment: one level, no deeper. */
export interface Comment extends Model<InferAttributes<Comment>, InferCreationAttributes<Comment>> {
  id: CreationOptional<number>;
  postId: number;
  parentId: CreationOptional<number | null>;
  /** Null once the author's account has been deleted. */
  authorId: number | null;
  content: string;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
}

export type CommentRow = InferAttributes<Comment>;

export function defineComment(database: Sequelize) {
  return database.define<Comment>(
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
