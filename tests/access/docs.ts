import type { Access } from '../support/access.js';

export const access: Access = {
  routes: { 'GET /api/openapi.json': [{ action: 'anyone' }], 'GET /api/docs': [{ action: 'anyone' }] },
};
