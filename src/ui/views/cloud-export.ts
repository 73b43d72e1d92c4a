// The cloud as files: a figure by the code of the reports, and a table. Loaded when asked for.
import { parameterOf } from '../../problem/plane.ts';
import { planeFigure } from '../../record/figures.ts';
import { placeOf } from '../../reference/picture.ts';
import type { Particles } from '../../state.ts';
import { parameterNames, type NamedPlane } from './cloud-plane.ts';

/** Lines of a table at most. */
const MOST_LINES = 100_000;

/** The cloud in a plane as an `<svg>` element that stands alone. */
export function cloudSvg(particles: Particles, { plane, x, y }: NamedPlane): string {
  const places = Array.from({ length: particles.width }, (_, i) => placeOf(particles, plane, i));
  return planeFigure({
    description: `${x} and ${y}`,
    x: { title: x, values: places.map((place) => place[0]) },
    y: { title: y, values: places.map((place) => place[1]) },
    c: particles.c.subarray(0, particles.width),
  });
}

/** Particle, place in the plane, a0 … b, c, and ω where weights differ: a line each, an even choice of many. */
export function cloudTable(particles: Particles, { plane, name }: NamedPlane): string {
  const { width, dimension } = particles;
  const places = name === 'pair' ? [] : name === 'canonical' ? ['u', 'v'] : ['first', 'second'];
  const weighted = particles.weight.some((weight) => weight !== 1);
  const names = [...parameterNames(dimension), ...(weighted ? ['weight'] : [])];
  const lines = [['particle', ...places, ...names].join(',')];
  const count = Math.min(width, MOST_LINES);
  for (let n = 0; n < count; n++) {
    const i = Math.floor((n * width) / count);
    const place = name === 'pair' ? [] : placeOf(particles, plane, i);
    const values = Array.from({ length: dimension + 2 }, (_, row) =>
      parameterOf(particles, row, i),
    );
    if (weighted) values.push(particles.weight[i]);
    // Nine significant digits bring every float32 back exactly.
    lines.push([i, ...[...place, ...values].map((v) => Number(v.toPrecision(9)))].join(','));
  }
  return `${lines.join('\n')}\n`;
}
