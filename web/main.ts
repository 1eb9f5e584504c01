import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { readBoot } from './boot';
import { i18n, rememberedLocale, showLocale } from './i18n';
import { createPageRouter } from './router';
import { useSession } from './stores/session';

const boot = readBoot();
showLocale(rememberedLocale() ?? boot.locale);

const app = createApp(App);
app.use(createPinia());
useSession().hydrate(boot);
app.use(i18n);
app.use(createPageRouter());
app.mount('#app');
