// The network of two inputs as a map: blue above zero, orange below, the samples on it. Residuals are told apart by
// shape too: circles where f > y, squares where f < y.
import { formatNumber } from '../../record/number.ts';
import { element, onThemeChange, themeColor } from '../dom.ts';
import { createTable } from '../chart-table.ts';
import { chartCsv, type ChartData } from '../chart-data.ts';

/** What a map shows. */
export interface MapData {
  /** "f": the network, and targets on it; "residual": f − y */
  readonly kind: 'f' | 'residual';
  /** ends of the two inputs */
  readonly ranges: readonly [readonly [number, number], readonly [number, number]];
  /** values [n][n] on an even grid, the second input outermost; null: none are known */
  readonly values: ArrayLike<number> | null;
  /** inputs [s][2], targets [s], network [s] */
  readonly samples: {
    readonly x: Float32Array;
    readonly y: Float32Array;
    readonly f: Float32Array;
  };
}

/** A map on the page. */
export interface FunctionMap {
  readonly root: HTMLElement;
  update(data: MapData): void;
  /** the map as a picture */
  png(): Promise<Blob>;
  /** samples with targets and residuals */
  csv(): string;
  destroy(): void;
}

/** Room around the map in pixels, and the bar of colours at its right. */
const LEFT = 48;
const RIGHT = 64;
const TOP = 10;
const BOTTOM = 40;
/** Largest side of the map in pixels. */
const LARGEST_SIDE = 360;

/** Makes an empty map. */
export function createFunctionMap(): FunctionMap {
  const canvas = element('canvas', { role: 'img', 'aria-label': 'Map of the network' });
  const caption = element('figcaption');
  let data: MapData | null = null;
  const table = createTable('Samples and residuals', () => data && sampleTable(data));
  const root = element('figure', { class: 'map' }, canvas, caption, table);
  const draw = (): void => {
    if (data !== null && root.clientWidth > 0) drawMap(canvas, data, root.clientWidth);
  };
  const resize = new ResizeObserver(draw);
  resize.observe(root);
  const stopTheme = onThemeChange(draw);
  return {
    root,
    png: () =>
      new Promise((resolve, reject) =>
        canvas.toBlob((blob) =>
          blob === null ? reject(new Error('nothing is drawn yet')) : resolve(blob),
        ),
      ),
    csv: () => (data === null ? '' : chartCsv(sampleTable(data))),
    update: (next) => {
      data = next;
      canvas.setAttribute('aria-label', describe(next));
      caption.textContent =
        next.kind === 'f'
          ? 'Colour: f; circles carry the colour of their target y'
          : `Marks: f − y at the samples, circles where f > y, squares where f < y${next.values === null ? '' : '; colour behind: f minus the target'}`;
      draw();
    },
    destroy: () => {
      resize.disconnect();
      stopTheme();
      root.remove();
    },
  };
}

function describe({ kind, values, samples: { y, f } }: MapData): string {
  const residuals = Array.from(f, (value, j) => value - y[j]);
  const square = residuals.reduce((sum, value) => sum + value * value, 0) / residuals.length;
  const most = Math.max(...residuals.map(Math.abs));
  const said = values === null ? [] : Array.from(values);
  const range =
    said.length === 0
      ? ''
      : ` ${kind === 'f' ? 'f' : 'f minus the target'} lies between ${formatNumber(Math.min(...said), 3)} and ${formatNumber(Math.max(...said), 3)}.`;
  return `Map over two inputs.${range} Residuals at the samples: root mean square ${formatNumber(Math.sqrt(square), 3)}, largest ${formatNumber(most, 3)}.`;
}

function sampleTable({ samples: { x, y, f } }: MapData): ChartData {
  const sample = Array.from(y, (_, j) => j);
  const column = (label: string, read: (j: number) => number) => ({
    ...{ label, x: sample, color: 0 },
    y: sample.map(read),
  });
  return {
    summary: '',
    x: { kind: 'linear', title: 'sample' },
    y: { kind: 'linear', title: '' },
    series: [
      column('x0', (j) => x[2 * j]),
      column('x1', (j) => x[2 * j + 1]),
      column('y', (j) => y[j]),
      column('f', (j) => f[j]),
      column('f − y', (j) => f[j] - y[j]),
    ],
  };
}

/** Colours on either side of zero, towards the colour of the page at zero. */
function createColors(limit: number): (value: number) => [number, number, number] {
  const [zero, above, below] = (['paper', 'positive', 'negative'] as const).map(rgbOf);
  return (value) => {
    const share = Math.min(1, Math.abs(value) / limit);
    const end = value < 0 ? below : above;
    return [0, 1, 2].map((k) => Math.round(zero[k] + share * (end[k] - zero[k]))) as [
      number,
      number,
      number,
    ];
  };
}

function rgbOf(name: 'paper' | 'positive' | 'negative'): number[] {
  const hex = themeColor(name).slice(1);
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
}

/** The least of 1, 2, 5 times a power of ten that is not less: a scale that rests while values move. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return power * ([1, 2, 5].find((digit) => digit * power >= value) ?? 10);
}

function drawMap(canvas: HTMLCanvasElement, data: MapData, available: number): void {
  const side = Math.max(80, Math.min(LARGEST_SIDE, available - LEFT - RIGHT));
  const [width, height] = [side + LEFT + RIGHT, side + TOP + BOTTOM];
  const ratio = devicePixelRatio;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(ratio, ratio);
  context.font = '12px system-ui, sans-serif';
  const { values, samples, kind, ranges } = data;
  const shown = kind === 'f' ? samples.y : Float32Array.from(samples.f, (f, j) => f - samples.y[j]);
  let most = 0;
  for (const list of [values ?? [], shown])
    for (let i = 0; i < list.length; i++) most = Math.max(most, Math.abs(list[i]));
  const limit = roundUp(most);
  const colors = createColors(limit);
  if (values !== null) drawValues(context, values, colors, side);
  drawAxes(context, ranges, side);
  drawBar(context, colors, limit, side);
  context.save();
  context.beginPath();
  context.rect(LEFT, TOP, side, side);
  context.clip();
  const place = (value: number, axis: 0 | 1): number => {
    const share = (value - ranges[axis][0]) / (ranges[axis][1] - ranges[axis][0]);
    return axis === 0 ? LEFT + share * side : TOP + (1 - share) * side;
  };
  const largest = samples.y.length > 200 ? 4 : 7;
  context.strokeStyle = themeColor('ink');
  shown.forEach((value, j) => {
    const [px, py] = [place(samples.x[2 * j], 0), place(samples.x[2 * j + 1], 1)];
    const radius =
      kind === 'f' ? largest * 0.6 : 1.5 + largest * Math.sqrt(Math.abs(value) / limit);
    context.fillStyle =
      kind === 'f'
        ? `rgb(${colors(value).join()})`
        : themeColor(value < 0 ? 'negative' : 'positive');
    context.beginPath();
    if (kind === 'f' || value >= 0) context.arc(px, py, radius, 0, 2 * Math.PI);
    else context.rect(px - 0.9 * radius, py - 0.9 * radius, 1.8 * radius, 1.8 * radius);
    context.fill();
    context.stroke();
  });
  context.restore();
}

function drawValues(
  context: CanvasRenderingContext2D,
  values: ArrayLike<number>,
  colors: (value: number) => [number, number, number],
  side: number,
): void {
  const n = Math.round(Math.sqrt(values.length));
  const image = new ImageData(n, n);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++)
      // Pictures begin at the top, where the second input is largest.
      image.data.set([...colors(values[(n - 1 - row) * n + column]), 255], 4 * (row * n + column));
  const small = new OffscreenCanvas(n, n);
  small.getContext('2d')?.putImageData(image, 0, 0);
  // The values belong to the middles of the cells, the outermost to the edges of the map.
  context.drawImage(small, 0.5, 0.5, n - 1, n - 1, LEFT, TOP, side, side);
}

function drawAxes(
  context: CanvasRenderingContext2D,
  ranges: MapData['ranges'],
  side: number,
): void {
  context.strokeStyle = themeColor('edge');
  context.strokeRect(LEFT, TOP, side, side);
  context.fillStyle = themeColor('soft');
  const [[left, right], [low, high]] = ranges;
  const bottom = TOP + side;
  context.textBaseline = 'top';
  const below = (text: string, at: number, align: CanvasTextAlign): void => {
    context.textAlign = align;
    context.fillText(text, at, bottom + 6);
  };
  below(formatNumber(left, 2), LEFT, 'left');
  below('x0', LEFT + side / 2, 'center');
  below(formatNumber(right, 2), LEFT + side, 'right');
  context.textAlign = 'right';
  context.fillText(formatNumber(high, 2), LEFT - 6, TOP);
  context.textBaseline = 'middle';
  context.fillText('x1', LEFT - 6, TOP + side / 2);
  context.textBaseline = 'bottom';
  context.fillText(formatNumber(low, 2), LEFT - 6, bottom);
}

/** The meaning of the colours: a bar from −limit to limit. */
function drawBar(
  context: CanvasRenderingContext2D,
  colors: (value: number) => [number, number, number],
  limit: number,
  side: number,
): void {
  const left = LEFT + side + 14;
  for (let row = 0; row < side; row++) {
    context.fillStyle = `rgb(${colors(limit * (1 - (2 * row) / side)).join()})`;
    context.fillRect(left, TOP + row, 12, 1.5);
  }
  context.strokeStyle = themeColor('edge');
  context.strokeRect(left, TOP, 12, side);
  context.fillStyle = themeColor('soft');
  context.textAlign = 'left';
  for (const [value, baseline, at] of [
    [limit, 'top', 0],
    [0, 'middle', side / 2],
    [-limit, 'bottom', side],
  ] as const) {
    context.textBaseline = baseline;
    context.fillText(formatNumber(value, 2), left + 16, TOP + at);
  }
}
