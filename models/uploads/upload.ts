import { DataTypes, type Sequelize } from 'sequelize';

/** An uploaded picture. Its bytes are in the media storage, under `filename` and its variants' names. */
export interface UploadRow {
  id: number;
  /** Null once the owner's account has been deleted, for a picture that one of its posts shows. */
  ownerId: number | null;
  filename: string;
  originalName: string;
  /** Of the file, in bytes. */
  size: number;
  width: number;
  height: number;
  /** JSON: `[{ filename, size, width, height }]` */
  variants: string;
  createdAt: Date;
}

export function defineUpload(database: Sequelize) {
  return database.define(
    'Upload',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      ownerId: DataTypes.INTEGER,
      filename: { type: DataTypes.STRING(80), allowNull: false, unique: true },
      originalName: { type: DataTypes.STRING(255), allowNull: false },
      size: { type: DataTypes.INTEGER, allowNull: false },
      width: { type: DataTypes.INTEGER, allowNull: false },
      height: { type: DataTypes.INTEGER, allowNull: false },
      variants: { type: DataTypes.TEXT, allowNull: false },
      createdAt: DataTypes.DATE,
    },
    { tableName: 'uploads', underscored: true, updatedAt: false },
  );
}
