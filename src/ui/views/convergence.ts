// The convergence view: losses, moments of the cloud and what has changed, over time or steps.
import type { App } from '../app.ts';
import { createChart } from '../chart.ts';
import { element } from '../dom.ts';
import type { Frame } from '../session.ts';
import { makeCard, type View } from '../view.ts';
import {
  GROUPS,
  historyChart,
  usualScale,
  withNow,
  type Group,
  type HistoryLook,
} from './convergence-data.ts';
import { createRefresh } from './refresh.ts';

/** Makes the view. */
export function createConvergenceView(app: App): View {
  const card = makeCard('convergence', 'Convergence');
  const group = choice(
    'Quantities',
    GROUPS.map(({ name, title }) => [name, title]),
  );
  const abscissa = choice('Horizontal axis', [
    ['time', 'over time'],
    ['step', 'over steps'],
  ]);
  const logX = tick('log x');
  const logY = tick('log y');
  logY.input.checked = true;
  card.tools.append(group, abscissa, logX.label, logY.label);
  const chart = createChart(card.body, { name: 'Convergence' });
  const look = (): HistoryLook => ({
    group: group.value as Group,
    abscissa: abscissa.value as HistoryLook['abscissa'],
    x: logX.input.checked ? 'log' : 'linear',
    y: logY.input.checked ? 'log' : 'linear',
  });
  const draw = ({ run, rows, now }: Frame): void =>
    chart.update(historyChart(withNow(rows, now), run.config, look()));
  const refresh = createRefresh(app, card.root, draw);
  let latest: Frame | null = null;
  group.addEventListener('change', () => {
    logY.input.checked = usualScale(group.value as Group) === 'log';
  });
  for (const control of [group, abscissa, logX.input, logY.input])
    control.addEventListener('change', () => refresh.again());
  return {
    name: 'convergence',
    card,
    ...refresh,
    frame: (frame) => {
      latest = frame;
      return refresh.frame(frame);
    },
    exports: {
      svg: () => chart.svg(),
      png: () => chart.png(),
      csv: async () => {
        const { formatHistory } = await import('../../record/csv.ts');
        return formatHistory(latest === null ? [] : withNow(latest.rows, latest.now));
      },
    },
    destroy: () => chart.destroy(),
  };
}

/** A labelled list to choose from. */
function choice(label: string, entries: readonly (readonly [string, string])[]): HTMLSelectElement {
  const options = entries.map(([value, text]) => element('option', { value, text }));
  return element('select', { 'aria-label': label }, ...options);
}

/** A labelled box to tick. */
function tick(text: string): { label: HTMLElement; input: HTMLInputElement } {
  const input = element('input', { type: 'checkbox' });
  return { input, label: element('label', { class: 'tick' }, input, text) };
}
