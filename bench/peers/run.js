// Runs every peer on the same problems, one process each, and writes bench/results/NAME-peers.json.
//
//   node bench/peers/run.js [--sizes m,s,d …] [--only NAME …] [--seconds N] [--python PROGRAM] [--out PATH]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resultsFolder } from '../../dist/cli/bench-files.js';
import { softwareAdapterEnvironment } from '../../dist/gpu/software.js';
import { fileNameOf } from '../../dist/record/bench-json.js';
import { writeProblem } from './problem.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));

/** m, s, d: small enough for the slowest peer on a software adapter. */
const SOFTWARE_SIZES = [
  [4096, 1024, 1],
  [4096, 1024, 2],
  [4096, 1024, 10],
  [4096, 1024, 16],
  [4096, 256, 64],
  [1024, 256, 256],
];
const GPU_SIZES = [
  [1e7, 1000, 1],
  [1e6, 1000, 2],
  [1e6, 1000, 10],
  [1e6, 1000, 16],
  [262144, 1000, 64],
  [65536, 1000, 256],
];
/** m·s·d beyond which a step takes a program on the processor the better part of a minute. */
const LARGEST_ON_PROCESSOR = 2e9;
const LONGEST_RUN_MS = 15 * 60_000;

const PEERS = [
  { peer: 'meanfield', backend: 'webgpu dense', script: 'meanfield.js' },
  { peer: 'plain JS', backend: 'one thread', script: 'plain.js', onProcessor: true },
  { peer: 'tfjs', backend: 'wasm', script: 'tfjs.js', onProcessor: true, needs: '@tensorflow' },
  { peer: 'tfjs', backend: 'webgpu', script: 'tfjs.js', needs: '@tensorflow' },
  { peer: 'jax-js', backend: 'wasm', script: 'jax-js.js', onProcessor: true, needs: '@jax-js' },
  { peer: 'jax-js', backend: 'webgpu', script: 'jax-js.js', needs: '@jax-js' },
  { peer: 'PyTorch', backend: 'all', script: 'torch_step.py', module: 'torch' },
  { peer: 'JAX', backend: 'all', script: 'jax_step.py', module: 'jax' },
];

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    out: { type: 'string' },
  },
});

const { env, adapter } = await chooseAdapter();
installOnce();
const results = options.out ?? resultsFolder() ?? '.';
const out = results.endsWith('.json')
  ? results
  : join(results, `${fileNameOf(adapter.name)}-peers.json`);
mkdirSync(dirname(out), { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'meanfield-peers-'));
const problems = [];
try {
  for (const [m, s, d] of sizes()) {
    console.log(`\nm = ${m}, s = ${s}, d = ${d}`);
    const path = join(folder, 'problem.npz');
    await writeProblem({ m, s, d }, path);
    const rows = PEERS.filter(isWanted).flatMap((peer) => rowsOf(peer, { m, s, d }, path));
    const ours = rows.find(({ peer }) => peer === 'meanfield') ?? null;
    problems.push({ problem: { m, s, d }, rows, meanfield: ours });
    // After every problem, so that an interrupted run keeps what it has.
    writeFileSync(out, `${JSON.stringify({ ...place(), problems }, null, 2)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${out}`);

/** The adapter of this machine, or the software adapter, and the environment in which it is found. */
async function chooseAdapter() {
  const probe = (environment) => {
    const program = join(root, 'dist/cli/probe.js');
    const { stdout } = spawnSync(process.execPath, [program], { env: environment });
    return JSON.parse(stdout.toString() || '{}').adapters ?? [];
  };
  const [hardware] = probe(process.env);
  if (hardware !== undefined) return { env: process.env, adapter: hardware };
  const software = { ...process.env, ...(await softwareAdapterEnvironment()) };
  const environment = { ...software, MEANFIELD_SOFTWARE: '1' };
  return { env: environment, adapter: probe(environment)[0] };
}

/** Installs the libraries beside this file where npm and a network are there; without them they are skipped. */
function installOnce() {
  const isNeeded = PEERS.some((peer) => isWanted(peer) && peer.needs !== undefined);
  if (!isNeeded || existsSync(join(here, 'node_modules'))) return;
  spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: 'ignore',
  });
}

function sizes() {
  if (options.sizes === undefined) return adapter.software ? SOFTWARE_SIZES : GPU_SIZES;
  return options.sizes.map((text) => {
    const size = text.split(',').map(Number);
    const isRight = size.length === 3 && size.every((n) => Number.isInteger(n) && n > 0);
    if (!isRight) throw new Error(`--sizes: received "${text}"; allowed: m,s,d`);
    return size;
  });
}

function isWanted({ peer }) {
  return options.only === undefined || options.only.includes(peer);
}

/** The rows of one peer on one problem; one row with the reason where it cannot run. */
function rowsOf(peer, size, path) {
  const reason = obstacle(peer, size);
  const rows = reason === null ? runPeer(peer, path) : [empty(peer, `skipped: ${reason}`)];
  for (const row of rows) {
    const time = row.msPerStep === null ? '–' : `${row.msPerStep.toPrecision(3)} ms`;
    console.log(`${row.peer} ${row.backend}: ${time} (${row.note})`);
  }
  return rows;
}

function obstacle({ needs, module, onProcessor }, { m, s, d }) {
  if (onProcessor && m * s * d > LARGEST_ON_PROCESSOR) return 'too large for the processor';
  if (needs !== undefined && !existsSync(join(here, 'node_modules', needs))) {
    return 'not installed; run npm ci in bench/peers';
  }
  if (module !== undefined) {
    const { status } = spawnSync(options.python, ['-c', `import numpy, ${module}`]);
    if (status !== 0) return `${options.python} has no ${module}`;
  }
  return null;
}

function runPeer(peer, path) {
  const script = join(here, peer.script);
  const program = peer.module === undefined ? process.execPath : options.python;
  const backend = peer.needs === undefined ? [] : [peer.backend];
  const run = spawnSync(program, [script, path, options.seconds, ...backend], {
    env: peer.module === undefined ? env : { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
    timeout: LONGEST_RUN_MS,
  });
  const lines = run.stdout.split('\n').filter((line) => line.startsWith('{'));
  const rows = lines.map((line) => JSON.parse(line));
  if (run.status === 0 && rows.length > 0) return rows;
  const cause = run.error?.message ?? run.stderr.trim().split('\n').at(-1) ?? '';
  return [...rows, empty(peer, `failed: ${cause}`)];
}

function empty({ peer, backend }, note) {
  return { peer, backend, msPerStep: null, cpuMsPerStep: null, maxError: null, note };
}

/** Where and with what this was measured. */
function place() {
  const git = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' });
  const { version, gitHead = null } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    adapter: adapter.name,
    software: adapter.software,
    version,
    commit: gitHead ?? (git.status === 0 ? git.stdout.trim() : null),
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    seconds: Number(options.seconds),
  };
}
