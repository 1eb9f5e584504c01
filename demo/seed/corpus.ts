/** What the demonstration's texts are put together from. */
export interface Topic {
  /** The category's slug. */
  category: string;
  /** What a post is about; titles and sentences take it in at {}. */
  subjects: readonly string[];
  titles: readonly string[];
  openings: readonly string[];
  sentences: readonly string[];
  headings: readonly string[];
  items: readonly string[];
  quotes: readonly string[];
  code?: readonly (readonly [language: string, text: string])[];
  closings: readonly string[];
  tags: readonly string[];
}
export interface Corpus {
  topics: readonly Topic[];
  comments: readonly string[];
  replies: readonly string[];
  /** The title of the many short posts that fill a large database. */
  numbered: (subject: string, number: number) => string;
  /** What stands between two sentences. */
  gap: string;
}
