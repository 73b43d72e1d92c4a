// Charts as SVG text: title, legend, axes, grid, series and notes laid out on a page 720 pixels wide.
// It knows nothing of particles.
import { makeAxis, type Axis, type AxisOptions, type Tick } from './axis.ts';
import { drawableIndices, drawKey, drawSeries, type Plot, type Series } from './series.ts';
import { DARK_STYLE, drawText, escapeText, FONT, measureText, round, wrapText } from './svg.ts';

/** Everything a picture shows. */
export interface Chart {
  readonly title: string;
  /** one sentence for those who cannot see the picture */
  readonly description: string;
  readonly x: AxisOptions;
  readonly y: AxisOptions;
  readonly series: readonly Series[];
  /** a square plot whose axes have one scale, for a plane */
  readonly square?: boolean;
  /** remarks below the picture */
  readonly notes?: readonly string[];
}

/** The plot area and its place in the picture, in pixels. */
interface Frame extends Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

const WIDTH = 720;
const PLOT_HEIGHT = 320;
/** Height and width of a square plot. */
const SIDE = 480;
const LEFT = 8;
const RIGHT = 20;
const ROW = 20;
const NOTE_ROW = 17;

/** Draws a chart: an `<svg>` element that stands alone or inside a page. */
export function drawChart(chart: Chart): string {
  const frame = layOut(chart);
  const { left, top, width, height } = frame;
  const bottom = top + height;
  const missing = countMissing(chart.series, frame);
  const notes = [...(chart.notes ?? []), ...describeMissing(missing, frame)]
    .flatMap((note) => wrapText(note, WIDTH - 2 * LEFT, FONT - 1))
    .map((text, row) =>
      drawText(text, LEFT, bottom + 64 + row * NOTE_ROW, { size: FONT - 1, soft: true }),
    );
  const isEmpty = missing === chart.series.reduce((sum, { x }) => sum + x.length, 0);
  const middle = left + width / 2;
  return [
    openPicture(chart, bottom + 52 + notes.length * NOTE_ROW),
    drawText(chart.title, LEFT, 22, { size: 16, bold: true }),
    drawLegend(chart.series),
    drawText(chart.y.title, chart.square ? left - 12 : LEFT, top - 12, { soft: true }),
    drawGrid(frame),
    // A nested picture clips what lies outside of the plot area, without an id that could clash in a page.
    `<svg x="${left}" y="${top}" width="${width}" height="${height}" overflow="hidden">`,
    ...chart.series.map((series) => drawSeries(series, frame)),
    '</svg>',
    isEmpty ? drawText('no values to draw', middle, top + height / 2, { anchor: 'middle' }) : '',
    drawText(chart.x.title, middle, bottom + 40, { anchor: 'middle', soft: true }),
    ...notes,
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function openPicture(chart: Chart, height: number): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="mf-chart" viewBox="0 0 ${WIDTH} ${height}" ` +
    `width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="${FONT}" ` +
    `role="img" aria-label="${escapeText(`${chart.title}. ${chart.description}`)}">` +
    `<title>${escapeText(chart.title)}</title><style>${DARK_STYLE}</style>` +
    `<rect class="mf-paper" width="${WIDTH}" height="${height}" fill="#ffffff"/>`
  );
}

function countMissing(all: readonly Series[], frame: Frame): number {
  return all.reduce(
    (sum, series) =>
      sum + (series.gaps ? 0 : series.x.length - drawableIndices(series, frame).length),
    0,
  );
}

function describeMissing(count: number, { x, y }: Frame): string[] {
  if (count === 0) return [];
  const isLog = x.kind === 'log' || y.kind === 'log';
  const reason = isLog ? 'zero, negative or not finite' : 'not finite';
  return [`${count} value${count === 1 ? ' is' : 's are'} ${reason} and not drawn.`];
}

// ---- Layout -----------------------------------------------------------------------------------------

function layOut(chart: Chart): Frame {
  const rows = arrangeLegend(chart.series).length;
  const top = 62 + rows * ROW;
  if (chart.square) return layOutSquare(chart, top);
  const y = makeAxis(chart.y, valuesOf(chart.series, ['y', 'low', 'high']), [PLOT_HEIGHT, 0], 6);
  const labels = y.ticks.map(({ label }) => measureText(label, FONT));
  const left = Math.round(22 + Math.max(16, ...labels));
  const width = round(WIDTH - left - RIGHT);
  const x = thinLabels(makeAxis(chart.x, valuesOf(chart.series, ['x']), [0, width], 8));
  return { x, y, left, top, width, height: PLOT_HEIGHT };
}

/** One scale for both axes, in the middle of the page. */
function layOutSquare(chart: Chart, top: number): Frame {
  const [across, up] = (['x', 'y'] as const).map((key) => {
    const values = [...valuesOf(chart.series, [key])].filter(Number.isFinite);
    return [
      values.reduce((p, q) => Math.min(p, q), Infinity),
      values.reduce((p, q) => Math.max(p, q), -Infinity),
    ];
  });
  const half = Math.max(across[1] - across[0], up[1] - up[0]) / 2;
  const around = ([low, high]: number[]): number[] =>
    low <= high ? [(low + high) / 2 - half, (low + high) / 2 + half] : [];
  return {
    x: thinLabels(makeAxis(chart.x, around(across), [0, SIDE], 8)),
    y: makeAxis(chart.y, around(up), [SIDE, 0], 8),
    ...{ left: (WIDTH - SIDE) / 2, top, width: SIDE, height: SIDE },
  };
}

function* valuesOf(
  all: readonly Series[],
  keys: readonly ('x' | 'y' | 'low' | 'high')[],
): Generator<number> {
  for (const series of all) {
    for (const key of keys) {
      const values = series[key];
      for (let i = 0; i < (values?.length ?? 0); i++) yield values?.[i] ?? NaN;
    }
  }
}

/**
 * Takes labels away where neighbours would touch: every second, third … of even ticks, else the later one of
 * two.
 */
function thinLabels(axis: Axis): Axis {
  if (axis.kind === 'log') return { ...axis, ticks: dropTouching(axis, axis.ticks).ticks };
  for (let stride = 1; ; stride++) {
    const ticks = axis.ticks.map((tick, i) => (i % stride === 0 ? tick : { ...tick, label: '' }));
    if (dropTouching(axis, ticks).dropped === 0) return { ...axis, ticks };
  }
}

function dropTouching(axis: Axis, all: readonly Tick[]): { ticks: Tick[]; dropped: number } {
  let free = -Infinity;
  let dropped = 0;
  const ticks = all.map((tick) => {
    if (tick.label === '') return tick;
    const half = measureText(tick.label, FONT) / 2 + 5;
    const at = axis.position(tick.value);
    if (at - half < free) {
      dropped++;
      return { ...tick, label: '' };
    }
    free = at + half;
    return tick;
  });
  return { ticks, dropped };
}

/** Legend entries in rows, each with its place. */
function arrangeLegend(all: readonly Series[]): { series: Series; label: string; x: number }[][] {
  const rows: { series: Series; label: string; x: number }[][] = [];
  let x = Infinity;
  for (const series of all) {
    if (series.label === undefined) continue;
    const width = 40 + measureText(series.label, FONT) + 18;
    if (x + width > WIDTH) {
      rows.push([]);
      x = LEFT;
    }
    rows[rows.length - 1].push({ series, label: series.label, x });
    x += width;
  }
  return rows;
}

// ---- Drawing ----------------------------------------------------------------------------------------

function drawGrid({ x, y, left, top, width, height }: Frame): string {
  const bottom = top + height;
  const parts: string[] = [];
  for (const { value, label } of y.ticks) {
    const at = round(top + y.position(value));
    const end = label === '' ? left - 3 : left + width;
    const look = label === '' ? 'mf-axis" stroke="#8c959f' : 'mf-grid" stroke="#e4e7eb';
    parts.push(`<path class="${look}" fill="none" d="M${left} ${at}H${end}"/>`);
    if (label !== '') parts.push(drawText(label, left - 9, at + 4.5, { anchor: 'end' }));
  }
  for (const { value, label } of x.ticks) {
    const at = round(left + x.position(value));
    const length = label === '' ? 3 : 6;
    parts.push(
      `<path class="mf-axis" stroke="#8c959f" fill="none" d="M${at} ${bottom}v${length}"/>`,
    );
    if (label !== '') parts.push(drawText(label, at, bottom + 20, { anchor: 'middle' }));
  }
  parts.push(
    `<path class="mf-axis" stroke="#8c959f" fill="none" d="M${left} ${top}V${bottom}H${round(left + width)}"/>`,
  );
  return parts.join('\n');
}

function drawLegend(all: readonly Series[]): string {
  return arrangeLegend(all)
    .flatMap((row, index) => {
      const y = 42 + index * ROW;
      return row.map(
        ({ series, label, x }) => drawKey(series, x, y) + drawText(label, x + 38, y + 4.5),
      );
    })
    .join('\n');
}
