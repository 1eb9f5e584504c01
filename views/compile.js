/**
 * Compiles the page templates to plain functions at build time: `node views/compile.js <output file>`.
 * Compiling at start would take a third of a second and load a JavaScript parser into every worker.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pug from 'pug';

const TEMPLATES = ['shell', 'error', 'docs'];
const [, , output] = process.argv;

const functions = TEMPLATES.map((name) =>
  pug.compileFileClient(join(import.meta.dirname, `${name}.pug`), { name, compileDebug: false }),
);
mkdirSync(dirname(output), { recursive: true });
// Each function brings the runtime with it, so each gets a scope of its own.
const exported = functions.map(
  (code, index) => `exports.${TEMPLATES[index]} = (() => { ${code}; return ${TEMPLATES[index]}; })();`,
);
writeFileSync(output, `'use strict';\n${exported.join('\n')}\n`);
