// The strip below the curve of a network of one input: how many particles switch where. Particles with c > 0 are
// counted upwards, those with c < 0 downwards.
import type { Particles } from '../../state.ts';
import { element, onThemeChange, themeColor } from '../dom.ts';
import type { ChartData } from '../chart-data.ts';
import { createTable } from '../chart-table.ts';

/** Columns of the strip. */
const BINS = 120;
/** Height of the strip in pixels. */
const HEIGHT = 64;

/** Knots b/a counted in even bins. */
export interface KnotCounts {
  readonly range: readonly [number, number];
  /** weights of particles with c > 0 and with c < 0 by the bin of their knot [bins] */
  readonly positive: Float64Array;
  readonly negative: Float64Array;
  /** share of the particles whose knot lies in the range */
  readonly inside: number;
}

/** Counts the knots of the first replica, d = 1. */
export function countKnots(
  { a, b, c, weight, width }: Particles,
  range: readonly [number, number],
  bins = BINS,
): KnotCounts {
  const [positive, negative] = [new Float64Array(bins), new Float64Array(bins)];
  const scale = bins / (range[1] - range[0]);
  let inside = 0;
  for (let i = 0; i < width; i++) {
    const bin = Math.floor((b[i] / a[i] - range[0]) * scale);
    if (!(bin >= 0 && bin < bins)) continue;
    (c[i] < 0 ? negative : positive)[bin] += weight[i];
    inside += weight[i];
  }
  return { range, positive, negative, inside: inside / width };
}

/** The strip on the page. */
export interface KnotStrip {
  readonly root: HTMLElement;
  update(counts: KnotCounts): void;
  destroy(): void;
}

/** Makes the strip; `left` and `right` are the pixels between its edges and the ends of the axis above it. */
export function createKnotStrip(left: number, right: number): KnotStrip {
  const canvas = element('canvas', { role: 'img', 'aria-label': 'Knots of the particles' });
  canvas.style.height = `${HEIGHT}px`;
  let counts: KnotCounts | null = null;
  const table = createTable('Knots', () => counts && tableData(counts), 'Data of the knots');
  const caption = element('figcaption', {
    text: 'Knots b/a: particles with c > 0 upwards, c < 0 downwards',
  });
  const root = element('figure', { class: 'knots' }, canvas, caption, table);
  const draw = (): void => {
    if (counts !== null) drawStrip(canvas, counts, left, right);
  };
  const resize = new ResizeObserver(draw);
  resize.observe(root);
  const stopTheme = onThemeChange(draw);
  return {
    root,
    update: (next) => {
      counts = next;
      const share = Math.round(100 * next.inside);
      canvas.setAttribute(
        'aria-label',
        `Knots of the particles: ${share} % lie in the range shown.`,
      );
      draw();
    },
    destroy: () => {
      resize.disconnect();
      stopTheme();
      root.remove();
    },
  };
}

function tableData({ range, positive, negative }: KnotCounts): ChartData {
  const axis = (title: string) => ({ kind: 'linear', title }) as const;
  const step = (range[1] - range[0]) / positive.length;
  const x = Array.from(positive, (_, n) => range[0] + (n + 0.5) * step);
  return {
    summary: '',
    x: axis('knot'),
    y: axis('particles'),
    series: [
      { label: 'c > 0', x, y: positive, color: 0 },
      { label: 'c < 0', x, y: negative, color: 1 },
    ],
  };
}

function drawStrip(
  canvas: HTMLCanvasElement,
  { positive, negative }: KnotCounts,
  left: number,
  right: number,
): void {
  const width = canvas.parentElement?.clientWidth ?? 0;
  if (width === 0) return;
  const ratio = devicePixelRatio;
  canvas.style.width = `${width}px`;
  [canvas.width, canvas.height] = [Math.round(width * ratio), HEIGHT * ratio];
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(ratio, ratio);
  const most = Math.max(1, ...positive, ...negative);
  const middle = HEIGHT / 2;
  const column = (width - left - right) / positive.length;
  for (const [bins, color, sign] of [
    [positive, 'positive', -1],
    [negative, 'negative', 1],
  ] as const) {
    context.fillStyle = themeColor(color);
    bins.forEach((count, n) => {
      const length = (count / most) * (middle - 2);
      context.fillRect(
        left + n * column,
        sign < 0 ? middle - length : middle,
        column + 0.3,
        length,
      );
    });
  }
  context.fillStyle = themeColor('edge');
  context.fillRect(left, middle - 0.5, width - left - right, 1);
}
