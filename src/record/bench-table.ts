// The tables of a benchmark, for the terminal and as Markdown. Pure strings; every number comes from result files.
import type {
  BenchResult,
  CaseResult,
  Clock,
  PeerProblem,
  Row,
  Shares,
  Verdict,
} from '../bench-result.ts';
import { formatNumber } from './number.ts';
import type { Table } from './page.ts';

/** A result with what belongs to it. */
export interface BenchReport {
  readonly result: BenchResult;
  readonly peers: readonly PeerProblem[];
  readonly verdicts: readonly Verdict[];
  /** name of the result file without its ending */
  readonly name: string;
}

const CLOCKS: Record<Clock, string> = {
  device: 'device time',
  cpu: 'processor time',
  wall: 'wall time',
};

/** All tables that have rows, most important first. */
export function benchTables({ result, peers, verdicts }: BenchReport): Table[] {
  const tables = [
    verdictTable(verdicts),
    limitTable(result),
    kernelTable(result),
    stepTable(result),
    sortedTable(result),
    birthDeathTable(result),
    comparisonTable(result),
    ...peers.map(peerTable),
    listTable('Failed: no time counts', result.failed),
    listTable('Left out', result.skipped),
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

function verdictTable(verdicts: readonly Verdict[]): Table {
  return {
    caption: 'Targets',
    columns: ['target', 'required', 'measured', 'met', 'note'],
    rows: verdicts.map(({ target, required, measured, met, note }) => [
      target,
      required,
      measured,
      met === null ? '–' : met ? 'yes' : 'no',
      note,
    ]),
  };
}

function limitTable({ limits }: BenchResult): Table {
  const columns = ['limit', 'device time', 'processor time', 'wall time'];
  if (limits === null) return { caption: 'Limits', columns, rows: [] };
  const rate = (name: string, { device, cpu, wall }: Shares): string[] => [
    name,
    show(device),
    show(cpu),
    show(wall),
  ];
  const cost = (name: string, microseconds: number): string[] => [
    name,
    '–',
    '–',
    show(microseconds),
  ];
  return {
    caption: 'Limits of this adapter, measured in the same process',
    columns,
    rows: [
      rate('fused multiply-adds, unrolled, GFLOP/s', limits.fmaPeak),
      rate('fused multiply-adds, simple loop, GFLOP/s', limits.fmaPeakSimple),
      rate('copy kernel, vec4f, GB/s read and written', limits.copy),
      rate('copy kernel, f32, GB/s', limits.scalarCopy),
      rate('copy command, GB/s', limits.copyCommand),
      cost('one more dispatch in a pass, µs', limits.dispatch),
      cost('one more pass in a submit, µs', limits.pass),
      cost('one more submit, µs', limits.submit),
      cost('a submit and its wait, µs', limits.wait),
    ],
  };
}

function kernelTable({ cases, clock }: BenchResult): Table {
  const rows = cases
    .filter(({ kind }) => kind === 'kernels')
    .flatMap((one) =>
      ['forward', 'velocity', 'update', 'step'].flatMap((name) => {
        const row = one.rows.find((candidate) => candidate.name === name);
        if (row === undefined || one.sizes === null) return [];
        const { d, m, s } = one.sizes;
        const sizes = [String(d), formatNumber(m), formatNumber(s)];
        return [[name, ...sizes, ...timesOf(row), ...sharesOf(row, clock)]];
      }),
    );
  const columns = ['kernel', 'd', 'm', 's', ...TIMES];
  return {
    caption: `Dense kernels; shares in ${CLOCKS[clock]} where it was taken, else wall time`,
    columns: [...columns, 'of FMA peak', 'of simple FMA loop', 'of instruction floor', 'of copy'],
    rows,
  };
}

function stepTable({ cases, clock }: BenchResult): Table {
  const rows = cases
    .filter(({ kind }) => kind === 'step')
    .flatMap(({ sizes, rows }) => {
      const row = rows.find(({ name }) => name === 'step');
      if (row === undefined || sizes === null) return [];
      const { d, m, s } = sizes;
      const pairs = (m * s) / row.timing.wall.median / 1e6;
      return [
        [
          'step',
          String(d),
          formatNumber(m),
          formatNumber(s),
          ...timesOf(row),
          show(pairs),
          sharesOf(row, clock)[2],
        ],
      ];
    });
  return {
    caption: 'Whole dense step',
    columns: ['', 'd', 'm', 's', ...TIMES, 'Gpair/s', 'of instruction floor'],
    rows,
  };
}

function sortedTable({ cases, clock }: BenchResult): Table {
  const rows = cases
    .filter(({ kind }) => kind === 'sorted')
    .flatMap(({ sizes, rows: measured }) => {
      const find = (name: string): Row | undefined => measured.find((row) => row.name === name);
      const [sorted, dense, copy] = [find('sorted step'), find('dense step'), find('copy')];
      if (sorted === undefined || dense === undefined || sizes === null) return [];
      const { m, s } = sizes;
      const at = [sorted, dense].every(({ timing }) => timing[clock] !== null) ? clock : 'wall';
      const ns = (row: Row, width: number): number =>
        (1e6 * (row.timing[at]?.median ?? NaN)) / width;
      const perParticle = ns(sorted, m);
      const overCopy = copy === undefined ? NaN : perParticle / ns(copy, m);
      return [
        [
          'sorted step',
          formatNumber(m),
          formatNumber(s),
          ...timesOf(sorted),
          show(perParticle),
          `${show(ns(dense, dense.m ?? m) / perParticle)}×`,
          `${show(overCopy)}×`,
        ],
      ];
    });
  return {
    caption: `Univariate relu step, d = 1; ns and ratios in ${CLOCKS[clock]} where it was taken, else wall time`,
    columns: ['', 'm', 's', ...TIMES, 'ns per particle', 'faster than dense', 'of copy time'],
    rows,
  };
}

/** Steps with birth–death, as multiples of a plain step. */
function birthDeathTable({ cases, clock }: BenchResult): Table {
  const rows = cases
    .filter(({ kind }) => kind === 'birth-death')
    .flatMap((one) => {
      const plain = one.rows.find(({ name }) => name === 'plain step');
      const at = plain?.timing[clock] === null ? 'wall' : clock;
      const base = plain?.timing[at]?.median ?? NaN;
      return one.rows.map((row) => [
        one.sizes?.d === 1 ? 'sorted' : 'dense',
        row.name,
        ...sizesOf(one).slice(1),
        ...timesOf(row),
        `${show((row.timing[at]?.median ?? NaN) / base)}×`,
      ]);
    });
  return {
    caption: `Birth–death at rate 1 against a plain step; ratios in ${CLOCKS[clock]} where it was taken, else wall time`,
    columns: ['kernels', 'scheme', 'd', 'm', 's', ...TIMES, 'of a plain step'],
    rows,
  };
}

function comparisonTable({ cases }: BenchResult): Table {
  const rows = cases
    .filter(({ kind }) => kind === 'naive' || kind === 'replicas' || kind === 'sweep')
    .flatMap((one) => one.rows.map((row) => [row.name, ...sizesOf(one), ...timesOf(row)]));
  return {
    caption: 'Naive kernels, replicas and the fluctuation experiment',
    columns: ['', 'replicas', 'd', 'm', 's', ...TIMES],
    rows,
  };
}

function sizesOf({ sizes }: CaseResult): string[] {
  if (sizes === null) return ['–', '–', '–', '–'];
  return [sizes.replicas, sizes.d, sizes.m, sizes.s].map((value) => formatNumber(value));
}

function peerTable({ problem, rows }: PeerProblem): Table {
  const { m, s, d } = problem;
  const error = (value: number | null): string => (value === null ? '–' : formatNumber(value, 2));
  return {
    caption: `One step by other programs, m = ${m}, s = ${s}, d = ${d}`,
    columns: ['program', 'backend', 'ms per step', 'processor ms', 'largest error', 'note'],
    rows: rows.map((row) => [
      row.peer,
      row.backend,
      show(row.msPerStep),
      show(row.cpuMsPerStep),
      error(row.maxError),
      row.note ?? '',
    ]),
  };
}

function listTable(caption: string, items: readonly { name: string; reason: string }[]): Table {
  const rows = items.map(({ name, reason }) => [name, reason]);
  return { caption, columns: ['case', 'reason'], rows };
}

const TIMES = ['ms', 'quartiles', 'processor ms'];

/** Wall time with its quartiles, or device time where there is one; and processor time. */
function timesOf({ timing }: Row): string[] {
  const { median, low, high } = timing.device ?? timing.wall;
  const cpu = timing.cpu === null ? null : timing.cpu.median;
  return [show(median), `${show(low)}–${show(high)}`, show(cpu)];
}

function sharesOf(
  { peakShare, peakShareSimple, floorShare, copyShare }: Row,
  clock: Clock,
): string[] {
  return [peakShare, peakShareSimple, floorShare, copyShare].map((shares) => {
    const share = shares?.[clock] ?? shares?.wall ?? null;
    return share === null ? '' : `${Math.round(100 * share)} %`;
  });
}

function show(value: number | null): string {
  return value === null ? '–' : formatNumber(value, 3);
}

/** A table as Markdown. */
export function formatMarkdownTable({ columns, rows }: Table): string {
  const cells = (row: readonly string[]): string =>
    `| ${row.map((cell) => cell.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')).join(' | ')} |`;
  return [cells(columns), cells(columns.map(() => '---')), ...rows.map(cells)].join('\n');
}

/** The page about all results: where they ran, tables and figures. */
export function formatBenchPage(
  reports: readonly (BenchReport & {
    readonly figures: readonly { file: string; alt: string }[];
  })[],
): string {
  const parts = [
    '# Measured speed',
    'Written by `meanfield bench --report` from the result files in this folder; do not edit. Every time was taken ' +
      'after the output had been compared with float64. Times are medians over windows with their quartiles; ' +
      'processor time counts all threads of the process.',
  ];
  for (const report of reports) {
    parts.push(`## ${report.result.adapter.name}`, describePlace(report));
    for (const table of benchTables(report))
      parts.push(`### ${table.caption}`, formatMarkdownTable(table));
    parts.push(...report.figures.map(({ file, alt }) => `![${alt}](${file})`));
  }
  return `${parts.join('\n\n')}\n`;
}

/** Where, when and with what a result was measured, in a few sentences. */
export function describePlace({ result, name }: Pick<BenchReport, 'result' | 'name'>): string {
  const { adapter, host, runtime, dependencies, load, seconds } = result;
  const driver = [adapter.vendor, adapter.architecture, adapter.description]
    .filter((part) => part !== '')
    .join(', ');
  const loads = result.cases.map((one) => one.load).filter((value) => value !== null);
  const loadText =
    load === null
      ? 'load of the machine unknown'
      : `load ${formatNumber(load, 2)} before, at most ${formatNumber(Math.max(load, ...loads), 2)} during the run`;
  return (
    `\`${name}.json\`: ${driver || 'driver unknown'}; WebGPU by webgpu ${dependencies['webgpu'] ?? 'unknown'} on ` +
    `${runtime.name} ${runtime.version} (${runtime.platform}); ${host.cpu}, ${host.cores} cores, ${loadText}; ` +
    `${result.package.name} ${result.package.version}, commit ${result.commit ?? 'unknown'}, ${result.date}; ` +
    `${Math.round(seconds)} s${result.quick ? '; a smoke run, whose times mean little' : ''}. ` +
    `Again: \`${result.command}\`.`
  );
}
