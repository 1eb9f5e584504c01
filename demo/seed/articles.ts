import { excerptOf, renderMarkdown } from '../../services/posts/markdown.js';
import { pairsOf } from '../../models/posts/search-terms.js';
import { english } from './corpus-en.js';
import { chinese } from './corpus-zh.js';
import type { Corpus, Topic } from './corpus.js';
import type { Random } from './random.js';

export interface Article {
  chinese: boolean;
  /** The category's slug. */
  category: string;
  title: string;
  content: string;
  html: string;
  text: string;
  excerpt: string;
  tags: string[];
  /** What it is found by when two characters are asked for, but for its title. */
  pairs: string;
}

/** How many short texts the posts of a large database share: rendering each one would take most of the time. */
const SHORT_TEXTS = 2_000;

export const CORPORA: readonly Corpus[] = [english, chinese];

/** Articles of the length that people write, half of them in each language, no title twice. Ends when titles do. */
export function* longArticles(random: Random): Generator<Article> {
  const waiting = CORPORA.map((corpus) => random.some(ideasOf(corpus), Infinity));
  for (let turn = 0; waiting.some((ideas) => ideas.length > 0); turn += 1) {
    const [corpus = english, ideas = []] = [CORPORA[turn % 2], waiting[turn % 2]];
    const idea = ideas.pop();
    if (!idea) continue;
    const content = longText(random, corpus, idea);
    yield { ...published(random, corpus, idea.topic, content), title: idea.title };
  }
}

/** Unlimited short articles, whose titles differ by a number. */
export function* shortArticles(random: Random): Generator<Article> {
  const texts = Array.from({ length: SHORT_TEXTS }, (_, index) => {
    const corpus = CORPORA[index % 2] ?? english;
    const topic = random.pick(corpus.topics);
    const subject = random.pick(topic.subjects);
    const content = random.pick(topic.sentences);
    return { corpus, subject, ...published(random, corpus, topic, content) };
  });
  for (let number = 1; ; number += 1) {
    const { corpus, subject, ...article } = random.pick(texts);
    yield { ...article, title: corpus.numbered(subject, number) };
  }
}

interface Idea {
  topic: Topic;
  subject: string;
  title: string;
}

function ideasOf({ topics }: Corpus): Idea[] {
  return topics.flatMap((topic) =>
    topic.subjects.flatMap((subject) =>
      topic.titles.map((title) => ({ topic, subject, title: capitalized(title.replace('{}', subject)) })),
    ),
  );
}

function published(random: Random, corpus: Corpus, topic: Topic, content: string): Omit<Article, 'title'> {
  const { html, text } = renderMarkdown(content);
  const tags = random.some(topic.tags, random.between(1, 3));
  const pairs = pairsOf(`${text} ${tags.join(' ')}`);
  return {
    chinese: corpus === chinese,
    category: topic.category,
    content,
    html,
    text,
    excerpt: excerptOf(text),
    tags,
    pairs,
  };
}

/** Some paragraphs under headings, with a list, a quote or code between them. No sentence comes twice. */
function longText(random: Random, { gap }: Corpus, { topic, subject }: Idea): string {
  const sentences = random.some(topic.sentences, Infinity);
  const paragraph = (length: number) => sentences.splice(0, length).join(gap);
  const opening = random.pick(topic.openings).replace('{}', subject);
  const parts = [[capitalized(opening), paragraph(2)].join(gap)];
  for (const heading of random.some(topic.headings, random.between(2, 3))) {
    const body = paragraph(random.between(2, 3));
    if (body === '') break;
    parts.push(`## ${heading}`, body, ...between(random, topic));
  }
  parts.push(random.pick(topic.closings));
  return parts.join('\n\n');
}

function between(random: Random, { items, quotes, code }: Topic): string[] {
  const kinds = [
    () => random.some(items, random.between(2, 4)).map((item) => `- ${item}`),
    () => [`> ${random.pick(quotes)}`],
    () => {
      const [language, text] = random.pick(code ?? []);
      return ['```' + language, text, '```'];
    },
  ];
  const usable = code ? kinds : kinds.slice(0, 2);
  return random.chance(0.7) ? [random.pick(usable)().join('\n')] : [];
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
