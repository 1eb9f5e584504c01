import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import { requestLocale } from '../../middlewares/locale.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { categoryListAnswer, newCategorySchema, presentCategory, savedCategoryAnswer } from './categories.schema.js';

export function categoryRoutes({ categories }: Pick<Services, 'categories'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/categories', sensitive: true });

  router.get(
    '/',
    endpoint(
      { summary: 'List categories', access: 'anyone', response: categoryListAnswer, revalidates: true },
      async ({ ctx }) => {
        const locale = requestLocale(ctx);
        const all = await categories.list();
        return { categories: all.map((category) => presentCategory(category, locale)) };
      },
    ),
  );

  router.post(
    '/',
    endpoint(
      {
        summary: 'Add a category (administrators)',
        access: 'signed-in',
        body: newCategorySchema,
        response: savedCategoryAnswer,
        status: 201,
        errors: ['forbidden', 'category_taken'],
        example: { names: { en: 'Kitchen', 'zh-CN': '厨房' } },
      },
      async ({ body, actor, ctx, messages }) => ({
        message: messages.done.categoryCreated,
        category: presentCategory(await categories.create(actor, body), requestLocale(ctx)),
      }),
    ),
  );

  return router;
}
