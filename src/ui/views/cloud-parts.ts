// The elements of the cloud's card: canvases, choices, buttons, the line that names what was found, and the table.
import { formatNumber } from '../../record/number.ts';
import { knotOf } from '../../problem/canonical.ts';
import { parameterOf } from '../../problem/plane.ts';
import { placeOf } from '../../reference/picture.ts';
import type { Particles } from '../../state.ts';
import { element } from '../dom.ts';
import type { Card } from '../view.ts';
import type { Picked } from './cloud-painter.ts';
import { parameterNames, planeNames, type NamedPlane, type PlaneName } from './cloud-plane.ts';

/** The elements. */
export interface Parts {
  readonly frame: HTMLElement;
  readonly overlay: HTMLCanvasElement;
  readonly mode: HTMLSelectElement;
  readonly plane: HTMLSelectElement;
  readonly pair: readonly [HTMLSelectElement, HTMLSelectElement];
  readonly fit: HTMLButtonElement;
  readonly closer: HTMLButtonElement;
  readonly farther: HTMLButtonElement;
  readonly legend: HTMLElement;
  readonly found: HTMLElement;
  readonly details: HTMLDetailsElement;
  readonly table: HTMLElement;
}

const PLANE_TITLES: Record<PlaneName, string> = {
  canonical: 'plane (u, v)',
  principal: 'principal plane of a',
  pair: 'two parameters',
};
/** What stands where no particle is named. */
export const HINT =
  'Point at a particle to name it. Drag to move; click, then turn the wheel to zoom.';
/** Lines of the table. */
const TABLE_ROWS = 12;
/** Input weights that are named one by one. */
const NAMED_WEIGHTS = 4;

/** Builds them into a card. */
export function makeParts({ body, tools }: Card): Parts {
  const button = (text: string, label: string): HTMLButtonElement =>
    element('button', { type: 'button', text, 'aria-label': label, title: label });
  const parts: Parts = {
    frame: element('div', {
      class: 'cloud-frame',
      tabindex: 0,
      role: 'group',
      'aria-label':
        'Cloud of particles. Arrow keys move, plus and minus zoom, 0 fits, Enter names the particle in the middle.',
    }),
    overlay: element('canvas', { 'aria-hidden': 'true' }),
    mode: selectOf('Drawn as', [
      ['auto', 'points or density'],
      ['points', 'points'],
      ['density', 'density'],
    ]),
    plane: selectOf('Plane', []),
    pair: [selectOf('Across', []), selectOf('Up', [])],
    closer: button('+', 'Zoom in'),
    farther: button('−', 'Zoom out'),
    fit: button('Fit', 'Fit the cloud into the window'),
    legend: element('p', { class: 'cloud-line' }),
    found: element('p', { class: 'cloud-line cloud-found', 'aria-live': 'polite', text: HINT }),
    table: element('div', {
      class: 'cloud-table',
      tabindex: 0,
      role: 'region',
      'aria-label': 'Particles',
    }),
    details: element('details', {}, element('summary', { text: 'Data' })),
  };
  const { frame, overlay, mode, plane, pair, closer, farther, fit, legend, found, details, table } =
    parts;
  frame.append(overlay);
  details.append(table);
  tools.append(farther, closer, fit);
  body.append(
    element('div', { class: 'cloud-tools' }, plane, ...pair, mode),
    frame,
    legend,
    found,
    details,
  );
  return parts;
}

function selectOf(
  label: string,
  options: readonly (readonly [string, string])[],
): HTMLSelectElement {
  const select = element('select', { 'aria-label': label, title: label });
  fill(select, options);
  return select;
}

function fill(select: HTMLSelectElement, options: readonly (readonly [string, string])[]): void {
  select.replaceChildren(...options.map(([value, text]) => element('option', { value, text })));
}

/** Offers the planes and parameters of a dimension. */
export function offerPlanes({ plane, pair }: Parts, dimension: number): void {
  fill(
    plane,
    planeNames(dimension).map((name) => [name, PLANE_TITLES[name]]),
  );
  const names = parameterNames(dimension).map((name, row) => [String(row), name] as const);
  for (const select of pair) fill(select, names);
  pair[0].value = '0';
  pair[1].value = String(dimension + 1);
}

/** What the marks mean. */
export function fillLegend(
  { legend }: Parts,
  {
    isDensity,
    weighted,
    hasAttractors,
  }: { isDensity: boolean; weighted: boolean; hasAttractors: boolean },
): void {
  const texts = [
    disc(),
    isDensity ? 'more with c ≥ 0 ' : 'c ≥ 0 ',
    triangle(),
    isDensity
      ? `more with c < 0; grey: equally many; log scale of ${weighted ? 'weights ω' : 'numbers'}. `
      : 'c < 0. ',
    ...(weighted && !isDensity ? ['The area is the weight ω, at most 16. '] : []),
    ...(hasAttractors
      ? ['On the ring: ', disc(), 'attracts c > 0, repels c < 0; ', triangle(), 'the reverse.']
      : []),
  ];
  legend.replaceChildren(...texts);
}

function disc(): SVGElement {
  return mark('cloud-positive', 'M1 5a4 4 0 1 0 8 0a4 4 0 1 0-8 0');
}

function triangle(): SVGElement {
  return mark('cloud-negative', 'M0 1h10l-5 9z');
}

function mark(name: string, path: string): SVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const picture = document.createElementNS(space, 'svg');
  picture.setAttribute('viewBox', '0 0 10 10');
  picture.setAttribute('class', name);
  picture.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS(space, 'path');
  shape.setAttribute('d', path);
  picture.append(shape);
  return picture;
}

/** One line about a particle: index, parameters, its weight if that is not 1, and for one input where it switches. */
export function describe({ index, values, weight }: Picked): string {
  const dimension = values.length - 2;
  const names = parameterNames(dimension);
  const shown = names
    .map((name, row) => `${name} = ${formatNumber(values[row])}`)
    .filter((_, row) => row < NAMED_WEIGHTS || row >= dimension);
  if (dimension > NAMED_WEIGHTS) shown.splice(NAMED_WEIGHTS, 0, '…');
  if (weight !== 1) shown.push(`ω = ${formatNumber(weight)}`);
  const knot =
    dimension === 1 ? `, switches at x = ${formatNumber(knotOf(values[0], values[1]))}` : '';
  return `Particle ${index}: ${shown.join(', ')}${knot}`;
}

/** The first particles with their places in the plane. */
export function fillTable(
  { table }: Parts,
  sample: Particles,
  { plane, name, x, y }: NamedPlane,
  weighted: boolean,
): void {
  const { dimension } = sample;
  const rows = Array.from({ length: dimension + 2 }, (_, row) => row).filter(
    (row) => row < NAMED_WEIGHTS || row >= dimension,
  );
  const names = parameterNames(dimension);
  const places = name === 'pair' ? [] : [x, y];
  const head = [
    'particle',
    ...places,
    ...rows.map((row) => names[row]),
    ...(weighted ? ['ω'] : []),
  ];
  const count = Math.min(TABLE_ROWS, sample.width);
  const lines = Array.from({ length: count }, (_, i) => {
    const numbers = [
      ...(name === 'pair' ? [] : placeOf(sample, plane, i)),
      ...rows.map((row) => parameterOf(sample, row, i)),
      ...(weighted ? [sample.weight[i]] : []),
    ];
    const cells = numbers.map((value) => element('td', { text: formatNumber(value) }));
    return element('tr', {}, element('th', { scope: 'row', text: i }), ...cells);
  });
  const heads = head.map((text) => element('th', { scope: 'col', text }));
  table.replaceChildren(
    element(
      'table',
      {},
      element('caption', { text: `The first ${count} particles; all are in the exported table.` }),
      element('thead', {}, element('tr', {}, ...heads)),
      element('tbody', {}, ...lines),
    ),
  );
}
