import type { Access } from '../support/access.js';
import { account } from '../support/access-stage.js';

export const access: Access = {
  routes: {
    'POST /api/setup': [
      {
        action: 'anyone',
        status: 409, // setup is already complete
        send: ({ app, unique }) => ({ body: { token: app.services.setup.token, ...account(unique()) } }),
      },
    ],
  },
};
