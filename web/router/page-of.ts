import type { RouteLocationNormalized, RouteRecordNormalized } from 'vue-router';

/** The page of an address: neither the frame around it, such as that of the administration, nor a sheet on top of it. */
export function pageOf({ matched }: Pick<RouteLocationNormalized, 'matched'>): RouteRecordNormalized | undefined {
  return matched.find(({ meta }) => meta.title) ?? matched[0];
}
