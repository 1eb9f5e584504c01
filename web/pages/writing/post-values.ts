import { MAX_CONTENT, MAX_TITLE, type EditablePost, type PostChange } from '../../api/writing';
import { mergeValues } from '../../merge';

/** What a person writes. An empty excerpt stands for the one that the server makes from the text. */
export interface PostValues {
  title: string;
  content: string;
  excerpt: string;
  /** A slug. */
  category: string;
  tags: string[];
  coverImage: string | null;
}

export const emptyValues = (): PostValues => ({
  title: '',
  content: '',
  excerpt: '',
  category: '',
  tags: [],
  coverImage: null,
});

/** @param ownExcerpt whether the excerpt is the author's own, which the server does not say */
export function valuesOf(post: PostValues, ownExcerpt: boolean): PostValues {
  const { title, content, excerpt, category, tags, coverImage } = post;
  return { title, content, excerpt: ownExcerpt ? excerpt : '', category, tags: [...tags], coverImage };
}

/** An excerpt that the text begins with is the one that the server made. */
export function hasOwnExcerpt({ excerpt, html }: Pick<EditablePost, 'excerpt' | 'html'>): boolean {
  const text = new DOMParser().parseFromString(html, 'text/html').body.textContent;
  const words = (all: string): string => all.replaceAll(/\s+/g, '');
  return !words(text).startsWith(words(excerpt.replace(/…$/, '')));
}

export function isSame(one: PostValues, other: PostValues): boolean {
  return fieldsChanged(one, other).length === 0;
}

export function fieldsChanged(base: PostValues, values: PostValues): (keyof PostValues)[] {
  const fields = Object.keys(base) as (keyof PostValues)[];
  return fields.filter((field) => flat(base[field]) !== flat(values[field]));
}

/** Whether the server would take it as a draft: text it has to have, a title it can get. */
export function isStorable({ title, content }: PostValues): boolean {
  return content.trim() !== '' && content.length <= MAX_CONTENT && title.length <= MAX_TITLE;
}

/** The changes as the server takes them; what must not be empty is left out. A new text has a new excerpt, unless there is an own one. */
export function changesOf(base: PostValues, values: PostValues): PostChange {
  const change: PostChange = {};
  const changed = new Set(fieldsChanged(base, values));
  if (changed.has('title') && values.title.trim() !== '') change.title = values.title;
  if (changed.has('content') && values.content.trim() !== '') change.content = values.content;
  if (changed.has('category') && values.category !== '') change.category = values.category;
  if (changed.has('tags')) change.tags = values.tags;
  if (changed.has('coverImage')) change.coverImage = values.coverImage;
  if (changed.has('excerpt') || (change.content !== undefined && values.excerpt === ''))
    change.excerpt = values.excerpt;
  return change;
}

/** @returns the merged values, or undefined when both sides have changed a field to different values. */
export function mergePosts(base: PostValues, mine: PostValues, theirs: PostValues): PostValues | undefined {
  const join = (values: PostValues) => ({ ...values, tags: values.tags.join('\n') });
  const { values, conflicts } = mergeValues(join(base), join(mine), join(theirs));
  return conflicts.length > 0 ? undefined : { ...values, tags: values.tags.split('\n').filter(Boolean) };
}

/** The server trims, so white space around a text is no change. */
function flat(value: string | string[] | null): string | null {
  return Array.isArray(value) ? value.join('\n') : (value?.trim() ?? null);
}
