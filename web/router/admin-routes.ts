import type { RouteRecordRaw } from 'vue-router';

/** The pages below /admin, each fetched when it is opened. */
export const adminRoutes: RouteRecordRaw[] = [
  {
    path: '',
    name: 'admin',
    component: () => import('../pages/admin/dashboard/DashboardPage.vue'),
    meta: { title: 'admin.dashboard' },
  },
  {
    path: 'users',
    name: 'users',
    component: () => import('../pages/users/UsersPage.vue'),
    meta: { title: 'users.title' },
    children: [
      {
        path: 'new',
        name: 'new-user',
        component: () => import('../pages/users/NewUserSheet.vue'),
        meta: { title: 'users.newTitle' },
      },
      {
        path: String.raw`:id(\d+)`,
        name: 'edit-user',
        component: () => import('../pages/users/EditUserSheet.vue'),
        props: ({ params }) => ({ id: Number(params.id) }),
      },
    ],
  },
  {
    path: 'posts',
    name: 'admin-posts',
    component: () => import('../pages/admin/PostsPage.vue'),
    meta: { title: 'admin.posts' },
  },
  {
    path: 'comments',
    name: 'admin-comments',
    component: () => import('../pages/admin/CommentsPage.vue'),
    meta: { title: 'admin.comments' },
  },
  {
    path: 'media',
    name: 'admin-media',
    component: () => import('../pages/admin/MediaPage.vue'),
    meta: { title: 'admin.media' },
  },
  {
    path: 'categories',
    name: 'admin-categories',
    component: () => import('../pages/admin/CategoriesPage.vue'),
    meta: { title: 'admin.categories' },
  },
  {
    path: 'upstreams',
    name: 'upstreams',
    component: () => import('../pages/upstreams/UpstreamsPage.vue'),
    meta: { title: 'upstreams.title' },
  },
  {
    path: 'doctor',
    name: 'admin-doctor',
    component: () => import('../pages/admin/DoctorPage.vue'),
    meta: { title: 'admin.doctor' },
  },
  {
    path: 'settings',
    name: 'admin-settings',
    component: () => import('../pages/admin/SettingsPage.vue'),
    meta: { title: 'admin.settings' },
  },
];
