import { doctorPolicy } from '../../services/doctor/doctor-policy.js';
import { action, type Access } from '../support/access.js';

export const access: Access = {
  routes: {
    'GET /api/admin/doctor': [
      { action: action('see how the installation is set up', doctorPolicy.read, (who) => doctorPolicy.read(who)) },
    ],
  },
};
