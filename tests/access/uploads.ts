import { mediaPolicy } from '../../services/media/media-policy.js';
import { action, BOTH, type Access } from '../support/access.js';
import { formOf, plain } from '../support/images.js';

const picture = async (field: string) => formOf(field, await plain(4, 4).png().toBuffer());

export const access: Access = {
  routes: {
    'POST /api/upload/single': [{ action: 'signed in', send: async () => ({ body: await picture('image') }) }],
    'POST /api/upload/multiple': [{ action: 'signed in', send: async () => ({ body: await picture('images') }) }],
    'GET /api/upload': [{ action: 'signed in' }],
    'DELETE /api/upload/:id': [
      {
        action: action('delete a picture', mediaPolicy.remove, (who, ownerId) => mediaPolicy.remove(who, { ownerId })),
        owned: BOTH,
        refused: 404,
        async send({ app, owner: ownerId, unique }) {
          const size = { size: 1, width: 1, height: 1 };
          const row = { ownerId, filename: `${unique()}.png`, originalName: 'x', ...size, variants: [] };
          const { models } = app.database;
          const { id } = await models.write((transaction) => models.uploads.insert(transaction, row));
          return { path: `/api/upload/${id}` };
        },
      },
    ],
  },
};
