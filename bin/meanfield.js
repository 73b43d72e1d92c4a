#!/usr/bin/env node
// Entry of the command line: runs the built program, or says how to build it.
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli.js', import.meta.url);
if (existsSync(program)) {
  const { main } = await import(program.href);
  await main();
} else {
  process.stderr.write('meanfield: not built yet; run: npm run build\n');
  process.exitCode = 2;
}
