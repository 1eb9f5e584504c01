import { upstreamPolicy } from '../../services/upstreams/index.js';
import { action, type Access } from '../support/access.js';

export const access: Access = {
  routes: {
    'GET /api/admin/upstreams': [
      { action: action('see what is behind the gateway', upstreamPolicy.read, (who) => upstreamPolicy.read(who)) },
    ],
  },
};
