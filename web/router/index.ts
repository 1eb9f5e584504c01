import { createRouter, type Router, type RouterHistory, type RouteRecordRaw } from 'vue-router';
import type { MessageKey, Texts } from '../i18n';
import type { Area } from '../locales';
import HomePage from '../pages/HomePage.vue';
import CategoryPage from '../pages/CategoryPage.vue';
import NotFoundPage from '../pages/NotFoundPage.vue';
import PersonPage from '../pages/PersonPage.vue';
import PostPage from '../pages/post/PostPage.vue';
import SearchPage from '../pages/search/SearchPage.vue';
import TagPage from '../pages/TagPage.vue';
import { adminRoutes } from './admin-routes';
import { guard } from './guard';
import { pageOf } from './page-of';

declare module 'vue-router' {
  interface RouteMeta {
    title?: MessageKey;
    /** Who may open the page; everyone by default. For convenience only: the server authorizes every call. */
    for?: 'guests' | 'users' | 'admins';
    /** The areas of words that it needs besides the common ones. */
    words?: Area[];
  }
}

/** Every page. What a first visit needs is in the main bundle; the rest is fetched when it is opened. */
const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: HomePage, meta: { title: 'home.title' } },
  { path: '/posts/:slug', name: 'post', component: PostPage, props: true },
  { path: '/@:username', name: 'person', component: PersonPage, props: true },
  { path: '/tags/:name', name: 'tag', component: TagPage, props: true },
  { path: '/categories/:slug', name: 'category', component: CategoryPage, props: true },
  { path: '/search', name: 'search', component: SearchPage, meta: { title: 'search.title' } },
  {
    path: '/feed',
    name: 'feed',
    component: () => import('../pages/FeedPage.vue'),
    meta: { title: 'feed.title', for: 'users' },
  },
  {
    path: '/sign-in',
    name: 'sign-in',
    component: () => import('../pages/SignInPage.vue'),
    meta: { title: 'signIn.title', for: 'guests', words: ['account'] },
  },
  {
    path: '/register',
    name: 'register',
    component: () => import('../pages/RegisterPage.vue'),
    meta: { title: 'register.title', for: 'guests', words: ['account'] },
  },
  {
    path: '/setup',
    name: 'setup',
    component: () => import('../pages/SetupPage.vue'),
    meta: { title: 'setup.title', words: ['account'] },
  },
  { path: '/settings', redirect: { name: 'profile' } },
  {
    path: '/settings/profile',
    name: 'profile',
    component: () => import('../pages/settings/ProfilePage.vue'),
    meta: { title: 'profile.title', for: 'users', words: ['account'] },
  },
  {
    path: '/settings/account',
    name: 'account',
    component: () => import('../pages/settings/AccountPage.vue'),
    meta: { title: 'account.title', for: 'users', words: ['account'] },
  },
  {
    path: '/settings/password',
    name: 'password',
    component: () => import('../pages/settings/PasswordPage.vue'),
    meta: { title: 'password.title', for: 'users', words: ['account'] },
  },
  {
    path: '/settings/devices',
    name: 'devices',
    component: () => import('../pages/settings/DevicesPage.vue'),
    meta: { title: 'devices.title', for: 'users', words: ['account'] },
  },
  {
    path: '/settings/tokens',
    name: 'tokens',
    component: () => import('../pages/settings/TokensPage.vue'),
    meta: { title: 'tokens.title', for: 'users', words: ['account'] },
  },
  {
    path: '/settings/danger',
    name: 'danger',
    component: () => import('../pages/settings/DangerPage.vue'),
    meta: { title: 'danger.title', for: 'users', words: ['account'] },
  },
  {
    path: '/admin',
    component: () => import('../pages/admin/AdminFrame.vue'),
    meta: { for: 'admins', words: ['account', 'admin'] },
    children: adminRoutes,
  },
  {
    // One record with two addresses, so that a new post that gets its own goes on as it is.
    path: '/write',
    component: () => import('../pages/writing/WritePage.vue'),
    meta: { for: 'users', words: ['writing'] },
    children: [
      { path: '', name: 'write', children: [] },
      { path: '/posts/:slug/edit', name: 'edit-post', children: [] },
    ],
  },
  {
    path: '/me/posts',
    name: 'my-posts',
    component: () => import('../pages/my-posts/MyPostsPage.vue'),
    meta: { title: 'myPosts.title', for: 'users', words: ['writing'] },
  },
  {
    path: '/me/media',
    name: 'my-media',
    component: () => import('../pages/my-media/MyMediaPage.vue'),
    meta: { title: 'myMedia.title', for: 'users', words: ['writing'] },
  },
  { path: '/:path(.*)*', name: 'not-found', component: NotFoundPage, meta: { title: 'notFound.title' } },
];

export function createPageRouter(history: RouterHistory, texts: Texts): Router {
  const router = createRouter({
    history,
    routes,
    scrollBehavior(to, from, saved) {
      if (saved) return saved;
      // Opening a sheet, turning a page or searching must not throw the list to its top.
      return pageOf(to) === pageOf(from) ? false : { top: 0 };
    },
  });
  guard(router, texts);
  return router;
}
