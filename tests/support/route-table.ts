import { createRouter } from '../../routes/index.js';
import { createDeviceCookie } from '../../middlewares/device-cookie.js';
import { specOf, type EndpointSpec } from '../../middlewares/endpoint.js';
import type { Services } from '../../services/index.js';

export interface Route {
  method: string;
  /** The pattern, as `/api/users/:id` */
  path: string;
  /** What the handler enforces; missing when it is not made by `endpoint`. */
  spec: EndpointSpec | undefined;
}

/** Every route of the product, from the router that production uses: none can be forgotten. */
export function routesOf(services: Services): Route[] {
  const docs = () => ({ document: '{}', page: () => '' });
  const deviceCookie = createDeviceCookie({ name: 'device', secure: false, tokens: services.deviceTokens });
  const { stack } = createRouter({
    services,
    isBrowser: () => true,
    browserSessions: undefined as never,
    deviceCookie,
    upstreamTokenFor: () => undefined,
    docs,
  });
  return stack.flatMap(({ methods, path, stack: handlers }) => {
    const handler = handlers.at(-1);
    const spec = handler && specOf(handler);
    return methods.filter((method) => method !== 'HEAD').map((method) => ({ method, path: String(path), spec }));
  });
}

/** The pattern with every parameter filled in. */
export function pathWith(pattern: string, value: string | number): string {
  return pattern.replace(/:\w+/g, String(value));
}

/** Routes that change something. */
export const isUnsafe = ({ method }: Route): boolean => method !== 'GET';
