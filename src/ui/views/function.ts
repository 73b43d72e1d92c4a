// The function view: what the network says, beside its data. One input: curve and knots; two: maps of f and of the
// residual; more: slices along an axis; two or more: predicted against true values.
import type { App } from '../app.ts';
import { rangeOf } from '../chart-data.ts';
import { createChart, PLOT_LEFT, PLOT_RIGHT } from '../chart.ts';
import { element } from '../dom.ts';
import type { Run } from '../engine.ts';
import type { Frame } from '../session.ts';
import { makeCard, type View } from '../view.ts';
import { askFit, askLine, askMap, type Asking, type Look, type Mode } from './function-ask.ts';
import { createBudget, targetOf } from './function-data.ts';
import { countKnots, createKnotStrip } from './function-knots.ts';
import type { FunctionMap } from './function-map.ts';
import { createRefresh } from './refresh.ts';

const MODES: Record<Mode, string> = {
  map: 'map of f',
  residual: 'map of the residual',
  slice: 'slice',
  fit: 'predicted and true',
};

/** While the run goes on, the particles are read at most once a second, and for at most a tenth of the time. */
const KNOTS_PAUSE_MS = 1000;
const KNOTS_SHARE = 10;

/** Axes and samples that can be chosen. */
const MOST_ENTRIES = 100;

/** Makes the view. */
export function createFunctionView(app: App): View {
  const card = makeCard('function', 'Function');
  const controls = createControls(() => refresh.again());
  card.tools.append(...controls.elements);
  const chart = createChart(card.body, { name: 'Network and data', latest: false });
  const knots = createKnotStrip(PLOT_LEFT, PLOT_RIGHT);
  // Loaded for the first problem of two inputs.
  let map: FunctionMap | null = null;
  const openMap = async (): Promise<FunctionMap> => {
    const { createFunctionMap } = await import('./function-map.ts');
    if (map === null) card.body.append((map = createFunctionMap()).root);
    return map;
  };
  const isMapShown = (): boolean => map?.root.hidden === false;
  card.body.append(knots.root);
  let asking: Asking | null = null;
  let knotsDueAt = 0;
  const drawKnots = async (run: Run, range: readonly [number, number]): Promise<void> => {
    const from = performance.now();
    if (app.session.status === 'running' && from < knotsDueAt) return;
    knots.update(countKnots((await run.read()).particles, range));
    const took = performance.now() - from;
    knotsDueAt = from + Math.max(KNOTS_PAUSE_MS, KNOTS_SHARE * took);
  };
  const draw = async ({ run }: Frame): Promise<void> => {
    if (asking === null) return;
    const look = controls.look();
    const isMap = look.mode === 'map' || look.mode === 'residual';
    chart.root.hidden = isMap;
    if (isMap) map ??= await openMap();
    if (map !== null) map.root.hidden = !isMap;
    knots.root.hidden = run.dimension > 1;
    if (isMap) return map?.update(await askMap(asking, look.mode === 'map' ? 'f' : 'residual'));
    const data = await (look.mode === 'fit' ? askFit(asking) : askLine(asking, look));
    chart.update(data);
    if (run.dimension === 1) await drawKnots(run, rangeOf(data, 'x', data.x));
  };
  const begin = (run: Run): void => {
    asking = { run, budget: createBudget(), target: targetOf(run.config, run.problem) };
    knotsDueAt = 0;
    controls.suit(run);
  };
  const refresh = createRefresh(app, card.root, draw, begin);
  /** The figure of the reports, asked for between two frames. */
  const figure = (): Promise<string> => {
    const now = asking;
    if (now === null) return Promise.resolve('');
    if (controls.look().mode === 'slice' && now.run.dimension > 1) return chart.svg();
    return app.session.inOrder(async () => (await import('./function-figure.ts')).askFigure(now));
  };
  return {
    name: 'function',
    card,
    ...refresh,
    status: (status) => {
      // What was left out or rough while the run went on is drawn when it rests.
      if (status === 'paused' || status === 'finished') refresh.again();
    },
    exports: {
      svg: figure,
      png: async () =>
        map !== null && isMapShown()
          ? map.png()
          : (await import('../chart-export.ts')).svgToPng(await figure()),
      csv: () => (map !== null && isMapShown() ? map.csv() : chart.csv()),
    },
    destroy: () => {
      chart.destroy();
      knots.destroy();
      map?.destroy();
    },
  };
}

/** The lists and fields with which the reader chooses what is shown. */
function createControls(changed: () => void): {
  elements: HTMLElement[];
  look: () => Look;
  suit: (run: Run) => void;
} {
  const mode = element('select', { 'aria-label': 'What is shown', change });
  const axis = element('select', { 'aria-label': 'Axis of the slice', change });
  const through = element('select', { 'aria-label': 'Point that the slice goes through', change });
  let dimension = 0;
  function change(): void {
    for (const list of [axis, through]) list.hidden = mode.value !== 'slice' || dimension === 1;
    changed();
  }
  const fill = (list: HTMLSelectElement, entries: readonly (readonly [string, string])[]): void => {
    const chosen = list.value;
    list.replaceChildren(...entries.map(([value, text]) => element('option', { value, text })));
    if (entries.some(([value]) => value === chosen)) list.value = chosen;
  };
  return {
    elements: [mode, axis, through],
    look: () => ({
      mode: mode.value as Mode,
      axis: Number(axis.value),
      sample: through.value === 'mean' ? null : Number(through.value),
    }),
    suit: ({ dimension: d, problem: { train } }) => {
      const modes: Mode[] =
        d === 1 ? ['slice'] : d === 2 ? ['map', 'residual', 'slice', 'fit'] : ['slice', 'fit'];
      fill(
        mode,
        modes.map((name) => [name, MODES[name]]),
      );
      if (d !== dimension) mode.value = modes[0];
      dimension = d;
      mode.hidden = d === 1;
      fill(axis, numbered(Math.min(d, MOST_ENTRIES), 'along x'));
      const samples = numbered(Math.min(train.count, MOST_ENTRIES), 'through sample ');
      fill(through, [['mean', 'through the mean'], ...samples]);
      for (const list of [axis, through]) list.hidden = mode.value !== 'slice' || d === 1;
      if (d === 1) through.value = 'mean';
    },
  };
}

function numbered(count: number, text: string): [string, string][] {
  return Array.from({ length: count }, (_, n) => [String(n), `${text}${n}`]);
}
