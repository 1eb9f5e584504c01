import type { SqlWords } from '../sql-words.js';

const TEXTS_IN = 'SELECT value FROM json_each(?)';

/** @see https://www.sqlite.org/json1.html */
export const sqliteWords: SqlWords = {
  idsIn: TEXTS_IN,
  textsIn: TEXTS_IN,
  rowsIn(columns) {
    const values = Object.keys(columns).map((name, index) => `value ->> ${index} AS ${name}`);
    return `(SELECT ${values.join(', ')} FROM json_each(?))`;
  },
  jsonObject: (fields) =>
    `json_object(${Object.entries(fields)
      .map(([name, value]) => `'${name}', ${value}`)
      .join(', ')})`,
  json: (expression) => `json(${expression})`,
  jsonSum: (array, field) => `(SELECT coalesce(sum(value ->> '${field}'), 0) FROM json_each(${array}))`,
  // Times are stored as Sequelize writes them: 2026-11-20 10:25:04.359 +00:00
  isoTime: (column) => `substr(${column}, 1, 10) || 'T' || substr(${column}, 12, 12) || 'Z'`,
  dayOf: (column) => `substr(${column}, 1, 10)`,
  contains: (expression) => `instr(${expression}, ?) > 0`,
  nowMs: `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
  // One transaction writes at a time.
  forUpdate: '',
};
