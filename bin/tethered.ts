#!/usr/bin/env node
/** The server, for as long as the process that started it runs: a pipe to a process that was killed closes as well. */
process.stdin.resume().once('close', () => process.exit());
await import('./www.js');
