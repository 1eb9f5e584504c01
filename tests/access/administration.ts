import { commentPolicy } from '../../services/comments/comment-policy.js';
import { mediaPolicy } from '../../services/media/media-policy.js';
import { postPolicy } from '../../services/posts/post-policy.js';
import { action, BOTH, type Access } from '../support/access.js';
import { readInstallation } from './doctor.js';
import { govern } from './users.js';

const changeMany = action('publish, archive or delete many posts', postPolicy.oversee, (who) =>
  postPolicy.oversee(who),
);
const listComments = action('list the comments on all posts', commentPolicy.oversee, (who) =>
  commentPolicy.oversee(who),
);
const listPictures = action('list the pictures of all accounts', mediaPolicy.oversee, (who) =>
  mediaPolicy.oversee(who),
);
const deleteMissing = () => ({ body: { action: 'delete', ids: [999_999] } });

export const access: Access = {
  routes: {
    'GET /api/admin/settings': [{ action: readInstallation }],
    'GET /api/admin/comments': [{ action: listComments }],
    'GET /api/admin/uploads': [{ action: listPictures }],
    'DELETE /api/admin/users/:id/sessions': [
      {
        action: govern,
        owned: BOTH,
        inPerson: true,
        spends: true,
        send: ({ owner }) => ({ path: `/api/admin/users/${owner}/sessions` }),
      },
    ],
    'POST /api/admin/users/bulk': [
      {
        action: govern,
        owned: BOTH,
        inPerson: true,
        send: ({ owner }) => ({ body: { action: 'activate', ids: [owner] } }),
      },
    ],
    'POST /api/admin/posts/bulk': [{ action: changeMany, send: deleteMissing }],
    'POST /api/admin/comments/bulk': [{ action: listComments, send: deleteMissing }],
    'POST /api/admin/uploads/bulk': [{ action: listPictures, send: deleteMissing }],
  },
};
