import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

/** What a post is filed under, with its name in every language. */
export interface Category extends Model<InferAttributes<Category>, InferCreationAttributes<Category>> {
  id: CreationOptional<number>;
  slug: string;
  nameEn: string;
  nameZh: string;
  /** Published posts, counted by triggers. */
  postCount: CreationOptional<number>;
}

export function defineCategory(database: Sequelize) {
  return database.define<Category>(
    'Category',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      slug: { type: DataTypes.STRING(50), allowNull: false, unique: true },
      nameEn: { type: DataTypes.STRING(50), allowNull: false },
      nameZh: { type: DataTypes.STRING(50), allowNull: false, unique: true },
      postCount: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
    },
    { tableName: 'categories', underscored: true, timestamps: false },
  );
}
