import { h, type FunctionalComponent, type HTMLAttributes } from 'vue';

interface Props extends /* @vue-ignore */ Pick<HTMLAttributes, 'class' | 'dir'> {
  html: string;
  tag?: string;
}

/**
 * HTML that the server has made and that is safe as it is. Unlike `v-html` it is not set again when the application
 * takes over a rendered page: pictures in it would load twice, and a selection would be lost.
 */
export const RenderedHtml: FunctionalComponent<Props> = ({ html, tag = 'div' }) => h(tag, { innerHTML: html });
RenderedHtml.props = ['html', 'tag'];
