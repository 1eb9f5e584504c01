import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import { requestLocale } from '../../middlewares/locale.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { doctorAnswer, presentFinding } from './doctor.schema.js';

export function doctorRoutes({ doctor }: Pick<Services, 'doctor'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/admin/doctor', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'Check this installation against the security rules (administrators)',
        access: 'signed-in',
        response: doctorAnswer,
        errors: ['forbidden'],
      },
      async ({ viewer, ctx }) => {
        const findings = await doctor.report(viewer);
        return {
          checks: findings.map((finding) => presentFinding(finding, requestLocale(ctx))),
          ok: findings.every(({ ok, level }) => ok || level === 'should'),
        };
      },
    ),
  );

  return router;
}
