import type { SqlWords } from '../sql-words.js';

/** @see https://www.postgresql.org/docs/14/functions-json.html */
export const postgresWords: SqlWords = {
  idsIn: 'SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text(CAST(? AS jsonb))',
  textsIn: 'SELECT value FROM jsonb_array_elements_text(CAST(? AS jsonb))',
  rowsIn(columns) {
    const values = Object.entries(columns).map(
      ([name, type], index) => `CAST(value ->> ${index} AS ${type}) AS ${name}`,
    );
    return `(SELECT ${values.join(', ')} FROM jsonb_array_elements(CAST(? AS jsonb)))`;
  },
  jsonObject: (fields) =>
    `CAST(json_build_object(${Object.entries(fields)
      .map(([name, value]) => `'${name}', ${value}`)
      .join(', ')}) AS TEXT)`,
  jsonSum: (array, field) =>
    `(SELECT coalesce(sum(CAST(value ->> '${field}' AS BIGINT)), 0) FROM jsonb_array_elements(CAST(${array} AS jsonb)))`,
  json: (expression) => `CAST(${expression} AS json)`,
  isoTime: (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  dayOf: (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  contains: (expression) => `strpos(${expression}, ?) > 0`,
  nowMs: 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)',
  // Not FOR SHARE: two that hold it and then write the row wait for each other.
  forUpdate: 'FOR NO KEY UPDATE',
};
