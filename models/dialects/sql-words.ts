/** The few expressions that databases write differently. Everything else is SQL that all of them know. */
export interface SqlWords {
  /** A list for IN: the ids in a JSON array that is bound to its one `?`. */
  idsIn: string;
  /** The same of texts. */
  textsIn: string;
  /** A table of the rows in a JSON array of arrays that is bound to its one `?`. */
  rowsIn(columns: Readonly<Record<string, 'BIGINT' | 'TEXT'>>): string;
  /** A JSON object as text. @param fields expressions by name */
  jsonObject(fields: Readonly<Record<string, string>>): string;
  /** JSON that is stored as text, as a field of `jsonObject`. */
  json(expression: string): string;
  /** The sum of a number field over the objects in a JSON array that is stored as text. */
  jsonSum(array: string, field: string): string;
  /** A time as ISO 8601 in UTC, to the millisecond. */
  isoTime(column: string): string;
  /** The day of a time in UTC, as 2026-11-20. */
  dayOf(column: string): string;
  /** Whether a text contains the one that is bound to its one `?`. */
  contains(expression: string): string;
  /** The time of the database's clock in milliseconds since 1970. */
  nowMs: string;
  /** Ends a SELECT that locks its rows until the end of the transaction. */
  forUpdate: string;
}
