// The charts, the words and the files of the CLT view, loaded with its first start.
import type { Config } from '../../config.ts';
import type { LiveEvent } from '../../experiments/live-fluctuations.ts';
import { predictionCaveat } from '../../experiments/prediction.ts';
import { createChart, type Chart } from '../chart.ts';
import { element } from '../dom.ts';
import { lawChart, timeChart, wordsOf } from './clt-charts.ts';
import type { CltFile } from './clt-save.ts';

type Round = Extract<LiveEvent, { kind: 'round' }>;

/** What the view shows of a result. */
export interface CltCharts {
  readonly law: Chart;
  update(round: Round, config: Config): void;
}

/** The files that can be saved, as their buttons say. */
const FILES: readonly (readonly [CltFile, string])[] = [
  ['law.svg', 'Law (SVG)'],
  ['over-time.svg', 'Over time (SVG)'],
  ['fluctuations.csv', 'Table (CSV)'],
  ['summary.json', 'Summary (JSON)'],
];

export function createCltCharts(host: HTMLElement): CltCharts {
  const verdict = element('p', { class: 'clt-verdict' });
  const list = element('ul');
  const others = element('details', {}, element('summary', { text: 'All findings' }), list);
  const plots = element('div', { class: 'clt-plots' });
  let shown: { round: Round; config: Config } | null = null;
  const save = async (file: CltFile): Promise<void> => {
    if (shown === null) return;
    const { saveClt } = await import('./clt-save.ts');
    saveClt(file, shown.round.result, shown.config);
  };
  const files = element(
    'div',
    { role: 'toolbar', 'aria-label': 'Save the fluctuations' },
    ...FILES.map(([file, text]) =>
      element('button', { type: 'button', text, click: () => void save(file) }),
    ),
  );
  host.append(verdict, plots, others, files);
  const law = createChart(plots, { name: 'The law in the width', latest: false });
  const time = createChart(plots, { name: 'Scaled fluctuation over time', latest: false });
  host.hidden = true;
  return {
    law,
    update: (round, config) => {
      shown = { round, config };
      host.hidden = false;
      const { result } = round;
      const isPredicted = result.points.some(({ time: at, predicted }) => at > 0 && predicted);
      const [first, ...rest] = wordsOf(result, isPredicted ? predictionCaveat(config) : null);
      verdict.textContent = first;
      list.replaceChildren(...rest.map((text) => element('li', { text })));
      law.update(lawChart(result));
      time.update(timeChart(result));
    },
  };
}
