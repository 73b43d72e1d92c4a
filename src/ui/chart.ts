// A live chart: curves on a canvas by uPlot, with a legend of buttons, a text alternative and the numbers as a table.
// It knows nothing of particles.
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import type uPlot from 'uplot';
import {
  chartCsv,
  joinSeries,
  labelTicks,
  logTicks,
  rangeOf,
  readOff,
  type ChartData,
  type ChartSeries,
} from './chart-data.ts';
import { createLegend } from './chart-legend.ts';
import { dashOf, drawGuides, drawMarks, seriesColor, type Place } from './chart-marks.ts';
import { createTable } from './chart-table.ts';
import { element, onThemeChange, themeColor } from './dom.ts';

export type { ChartData, ChartSeries, Guide } from './chart-data.ts';

/** A chart on the page. */
export interface Chart {
  readonly root: HTMLElement;
  /** Shows this from now on. */
  update(data: ChartData): void;
  /** The shown series as a figure that stands alone, drawn by the code of the reports; "" before the first data. */
  svg(): Promise<string>;
  /** The same as a picture. */
  png(): Promise<Blob>;
  /** The numbers of all series, hidden ones too. */
  csv(): string;
  destroy(): void;
}

/** Options of {@link createChart}. */
export interface ChartOptions {
  /** what the chart shows: title of the exported figure, start of the text alternative */
  readonly name: string;
  /** height of plot and axes in pixels, default 260 */
  readonly height?: number;
  /** the legend states the last value of every series while nothing is pointed at; default true */
  readonly latest?: boolean;
}

/** What is drawn now, looked up by the plot whenever it draws. */
interface Drawn extends Pick<ChartData, 'guides' | 'series' | 'x' | 'y'> {
  readonly ranges: { readonly x: [number, number]; readonly y: [number, number] };
}

/** Pixels between the edges of a chart and the ends of its horizontal axis, for what stands below it. */
export const PLOT_LEFT = 78;
export const PLOT_RIGHT = 12;
/** Pixels of the title of an axis; the labels of the vertical one take the rest of the left. */
const TITLE = 20;
/** Font of ticks and axis titles. */
const FONT = '12px system-ui, sans-serif';

let library: Promise<typeof uPlot> | undefined;

/** Loads uPlot once, after the first picture of the page. */
function load(): Promise<typeof uPlot> {
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    // Under LANG=C Chromium names a language that is none, and uPlot would not even load.
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
  }
  return (library ??= import('uplot').then((module) => module.default));
}

/** Puts an empty chart into `host`. It follows the width of its place and the theme until it is destroyed. */
export function createChart(host: HTMLElement, options: ChartOptions): Chart {
  const { name, height = 260, latest = true } = options;
  let data: ChartData | null = null;
  let plot: uPlot | null = null;
  let Plot: typeof uPlot | null = null;
  let drawn: Drawn | null = null;
  let key = '';
  const area = element('div', { class: 'chart-plot', role: 'img', 'aria-label': name });
  area.style.minHeight = `${height}px`;
  const legend = createLegend(latest, () => draw());
  const table = createTable(name, () => data);
  const root = element('figure', { class: 'chart' }, area, legend.root, table);
  host.append(root);

  const draw = (): void => {
    const width = area.clientWidth;
    if (data === null) return;
    area.setAttribute('aria-label', `${name}. ${data.summary}`);
    const series = data.series.filter(legend.shows);
    const { x, y, guides = [] } = data;
    const part = { series, guides, x, y };
    drawn = { ...part, ranges: { x: rangeOf(part, 'x', x), y: rangeOf(part, 'y', y) } };
    const columns = joinSeries(series, x, y);
    legend.update(data);
    if (Plot === null || width === 0) return;
    const looks = series.map(({ label, color, line, faint }) => [label, color, line, faint]);
    const next = JSON.stringify([looks, x, y]);
    if (plot !== null && key === next) plot.setData(columns);
    else {
      plot?.destroy();
      const hover = (row: number | null): void =>
        legend.point(row === null ? null : (plot?.data[0][row] ?? null));
      plot = new Plot(
        plotOptions(Plot, () => drawn as Drawn, hover, [width, height]),
        columns,
        area,
      );
      key = next;
    }
  };
  const resize = new ResizeObserver(() => {
    const width = area.clientWidth;
    if (plot === null) draw();
    else if (width > 0 && width !== plot.width) plot.setSize({ width, height });
  });
  resize.observe(area);
  const stopTheme = onThemeChange(() => {
    key = '';
    legend.repaint();
    draw();
  });
  void load().then((loaded) => {
    Plot = loaded;
    draw();
  });
  const figure = async (): Promise<string> =>
    data === null ? '' : (await import('./chart-export.ts')).chartSvg(name, data, legend.shows);
  return {
    root,
    update: (next) => {
      data = next;
      draw();
    },
    svg: figure,
    png: async () => (await import('./chart-export.ts')).svgToPng(await figure()),
    csv: () => (data === null ? '' : chartCsv(data)),
    destroy: () => {
      Plot = null;
      resize.disconnect();
      stopTheme();
      plot?.destroy();
      root.remove();
    },
  };
}

function plotOptions(
  Plot: typeof uPlot,
  drawn: () => Drawn,
  hover: (index: number | null) => void,
  [width, height]: readonly [number, number],
): uPlot.Options {
  const { series, x, y } = drawn();
  return {
    width,
    height,
    padding: [12, PLOT_RIGHT, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false, setScale: false }, y: false },
    scales: {
      x: { time: false, distr: x.kind === 'log' ? 3 : 1, range: () => drawn().ranges.x },
      y: { distr: y.kind === 'log' ? 3 : 1, range: () => drawn().ranges.y },
    },
    axes: [plotAxis(drawn, 'x'), plotAxis(drawn, 'y')],
    series: [{}, ...series.map((one) => plotSeries(one))],
    hooks: {
      drawAxes: [(plot) => drawGuides(drawn(), placeOf(Plot, plot))],
      draw: [(plot) => drawMarks(drawn(), placeOf(Plot, plot))],
      setLegend: [(plot) => hover((plot.cursor.left ?? -1) < 0 ? null : (plot.cursor.idx ?? null))],
    },
  };
}

function plotSeries({ color, line, faint }: ChartSeries): uPlot.Series {
  const stroke = seriesColor(color);
  return {
    stroke,
    width: 2,
    dash: dashOf(line),
    alpha: faint === true ? 0.45 : 1,
    points: { show: false },
    ...(line === undefined && { paths: () => null }),
  };
}

function plotAxis(drawn: () => Drawn, axis: 'x' | 'y'): uPlot.Axis {
  const { kind, title, ticks } = drawn()[axis];
  const isX = axis === 'x';
  const [soft, edge] = [themeColor('soft'), themeColor('edge')];
  return {
    label: title,
    labelFont: FONT,
    labelSize: TITLE,
    labelGap: 0,
    font: FONT,
    size: isX ? 32 : PLOT_LEFT - TITLE,
    space: isX ? 70 : 36,
    stroke: soft,
    grid: { stroke: edge, width: 1, show: !isX },
    ticks: { stroke: edge, width: 1, size: 5 },
    border: { show: true, stroke: edge, width: 1 },
    values: (_plot, values) =>
      ticks === undefined
        ? labelTicks(values)
        : values.map((value) => readOff(value, drawn()[axis])),
    ...(kind === 'log' && {
      splits: (plot, _index, low, high) =>
        logTicks(low, high, Math.max(2, (isX ? plot.width / 70 : plot.height / 36) | 0)),
      filter: (_plot, values) => values,
    }),
    ...(ticks !== undefined && {
      splits: (_plot, _index, low, high) =>
        ticks.map(({ value }) => value).filter((value) => value >= low && value <= high),
      filter: (_plot, values) => values,
    }),
  };
}

function placeOf(Plot: typeof uPlot, plot: uPlot): Place {
  const { left, top, width, height } = plot.bbox;
  return {
    context: plot.ctx,
    x: (value) => plot.valToPos(value, 'x', true),
    y: (value) => plot.valToPos(value, 'y', true),
    box: [left, top, width, height],
    ratio: Plot.pxRatio,
  };
}
