import type { Access } from '../support/access.js';

export const access: Access = { routes: { 'GET /api/tags': [{ action: 'anyone' }] } };
