// Runs the tests on the adapter of this machine, or on the software adapter where it has none
// (or MEANFIELD_ADAPTER=software), and prints one closing line: "N passed, N failed".
// Arguments go to vitest, for example: node scripts/test.js tests/kernels
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = join(root, 'dist/gpu/software.js');
if (!existsSync(built)) {
  console.error('the tests run the built command line; run first: npm run build');
  process.exit(2);
}

const environment = await testEnvironment();
const folder = mkdtempSync(join(tmpdir(), 'meanfield-test-'));
const report = join(folder, 'report.json');
try {
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
    'vitest.mjs',
  );
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = [vitest, 'run', ...reporters, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment,
  });
  process.exitCode = judge(report, status);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The environment of the tests: as it is with a GPU, else that of the software adapter. */
async function testEnvironment() {
  const env = { ...process.env };
  if (env.CI === 'true') env.REQUIRE_GPU = '1';
  const hardware = env.MEANFIELD_ADAPTER === 'software' ? [] : probe(env);
  if (hardware.length > 0) {
    console.log(`adapter: ${hardware[0].name}`);
    return env;
  }
  const { softwareAdapterEnvironment } = await import(built);
  try {
    Object.assign(env, await softwareAdapterEnvironment(), { MEANFIELD_SOFTWARE: '1' });
  } catch (error) {
    console.log(`adapter: none (${error.message})`);
    return env;
  }
  console.log(`adapter: ${probe(env)[0]?.name ?? 'none'} (software)`);
  return env;
}

/** The adapters that a process with this environment has. Its stderr holds driver warnings alone. */
function probe(env) {
  const { stdout } = spawnSync(process.execPath, [join(root, 'dist/cli/probe.js')], {
    env,
    encoding: 'utf8',
  });
  return JSON.parse(stdout || '{}').adapters ?? [];
}

/** Prints the closing line and returns the exit code. */
function judge(path, status) {
  if (!existsSync(path)) {
    console.log('0 passed, 0 failed');
    return status || 1;
  }
  const result = JSON.parse(readFileSync(path, 'utf8'));
  const tests = result.testResults.flatMap((file) => file.assertionResults);
  const count = (name) => tests.filter((test) => test.status === name).length;
  // A file that does not load has no tests of its own; it counts as one failure.
  const broken = result.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const passed = count('passed');
  const failed = count('failed') + broken;
  const left = tests.length - passed - count('failed');
  if (left > 0) console.log(`${left} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) return 1;
  if (left > 0 && process.env.CI === 'true') return 1;
  return status ?? 1;
}
