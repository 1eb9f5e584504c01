import { statsPolicy } from '../../services/stats/stats-policy.js';
import { action, type Access } from '../support/access.js';

const overview = action('see figures about the site', statsPolicy.overview, (who) => statsPolicy.overview(who));

export const access: Access = {
  routes: {
    'GET /api/posts/stats/overview': [{ action: overview }],
    'GET /api/admin/stats': [{ action: overview }],
  },
};
