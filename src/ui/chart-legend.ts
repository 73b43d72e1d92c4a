// The legend of a live chart: a button for each series that shows or hides it, with its value at the place pointed at.
import { readOff, type ChartData, type ChartSeries } from './chart-data.ts';
import { drawSwatch } from './chart-marks.ts';
import { element } from './dom.ts';
import { formatNumber } from '../record/number.ts';

/** The legend of one chart. */
export interface Legend {
  readonly root: HTMLElement;
  /** Whether a series is shown: as the reader chose, else as it asks for itself. */
  readonly shows: (series: ChartSeries) => boolean;
  /** Writes the legend of this data. */
  update(data: ChartData): void;
  /** States the values nearest to this x; null: nothing is pointed at. */
  point(x: number | null): void;
  /** Draws the signs again, in the colours of the present theme. */
  repaint(): void;
}

interface Entry {
  readonly label: string;
  readonly button: HTMLElement;
  readonly value: HTMLElement;
  readonly sign: HTMLCanvasElement;
}

/**
 * Makes a legend.
 *
 * @param latest state the last values while nothing is pointed at
 * @param changed called after the reader showed or hid a series
 */
export function createLegend(latest: boolean, changed: () => void): Legend {
  const at = element('span', { class: 'chart-at' });
  const root = element('div', { class: 'chart-legend', role: 'group', 'aria-label': 'Shown' }, at);
  const choices = new Map<string, boolean>();
  const shows: Legend['shows'] = ({ label, hidden = false }) => choices.get(label) ?? !hidden;
  let data: ChartData | null = null;
  let entries: Entry[] = [];
  let pointed: number | null = null;
  let key = '';
  const makeEntry = ({ label }: ChartSeries): Entry => {
    const sign = element('canvas', { 'aria-hidden': 'true' });
    const value = element('span', { class: 'chart-value' });
    const toggle = (): void => {
      const series = data?.series.find((one) => one.label === label);
      if (series === undefined) return;
      choices.set(label, !shows(series));
      changed();
    };
    const button = element('button', { type: 'button', click: toggle }, sign, label, value);
    return { label, button, value, sign };
  };
  const write = (): void => {
    if (data === null) return;
    const { series, x } = data;
    const where = pointed ?? (latest ? lastOf(series) : NaN);
    at.textContent = Number.isNaN(where) ? '' : `${x.title}: ${readOff(where, x)}`;
    entries.forEach(({ value, button }, index) => {
      const isShown = shows(series[index]);
      const number = isShown && !Number.isNaN(where) ? valueNear(series[index], where) : NaN;
      value.textContent = Number.isNaN(number) ? '' : formatNumber(number, 3);
      button.setAttribute('aria-pressed', String(isShown));
    });
  };
  const repaint = (): void =>
    entries.forEach(({ sign }, index) => {
      if (data !== null) drawSwatch(sign, data.series[index]);
    });
  return {
    root,
    shows,
    repaint,
    update: (next) => {
      data = next;
      const looks = next.series.map(({ label, color, line, marker, faint }) =>
        [label, color, line, marker, faint].join(),
      );
      if (key !== looks.join(';')) {
        key = looks.join(';');
        entries = next.series.map(makeEntry);
        root.replaceChildren(...entries.map(({ button }) => button), at);
        repaint();
      }
      write();
    },
    point: (x) => {
      pointed = x;
      write();
    },
  };
}

function lastOf(series: readonly ChartSeries[]): number {
  const ends = series.filter(({ x }) => x.length > 0).map(({ x }) => x[x.length - 1]);
  return ends.length === 0 ? NaN : Math.max(...ends);
}

/** The value at the nearest x; of equally near ones the first. */
function valueNear({ x, y }: ChartSeries, at: number): number {
  let nearest = 0;
  for (let i = 1; i < x.length; i++)
    if (Math.abs(x[i] - at) < Math.abs(x[nearest] - at)) nearest = i;
  return x.length === 0 ? NaN : y[nearest];
}
