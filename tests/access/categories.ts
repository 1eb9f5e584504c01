import { categoryPolicy } from '../../services/categories/category-policy.js';
import { action, type Access } from '../support/access.js';

export const access: Access = {
  routes: {
    'GET /api/categories': [{ action: 'anyone' }],
    'POST /api/categories': [
      {
        action: action('add a category', categoryPolicy.create, (who) => categoryPolicy.create(who)),
        send: ({ unique }) => ({ body: { names: { en: `Category ${unique()}`, 'zh-CN': `分类 ${unique()}` } } }),
      },
    ],
  },
};
