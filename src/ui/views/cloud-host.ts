// Draws particles on a plain canvas from a copy on the host, where there is no WebGPU: the same points and density.
import { cellsOf, densityUnit, parameterOf, radiusOf } from '../../problem/plane.ts';
import { densityOf, nearestTo, pixelOf, placeOf } from '../../reference/picture.ts';
import type { Particles } from '../../state.ts';
import type { Run } from '../engine.ts';
import type { Painter, Scene } from './cloud-painter.ts';

/** Triangles of the area of a disc of radius 1: from the centre to a tip. */
const TIP = 1.555;

export function createHostPainter(canvas: HTMLCanvasElement, run: Run): Painter {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  let particles: Particles | null = null;
  let shown: readonly [number, number] = [0, 0];
  const now = async (): Promise<Particles> => (particles ??= (await run.read()).particles);
  return {
    canvas,
    get weighted() {
      return isWeighted(particles);
    },
    refresh: async () => {
      ({ particles } = await run.read());
    },
    paint: (scene) => {
      if (particles === null) return;
      [canvas.width, canvas.height] = [scene.window.width, scene.window.height];
      if (scene.isDensity) shown = paintDensity(context, scene, particles);
      else paintPoints(context, scene, particles);
    },
    finish: () => Promise.resolve(),
    sample: now,
    pick: async ({ plane, window }, x, y, reach) => {
      const cloud = await now();
      const index = nearestTo(cloud, plane.plane, window, [x, y], reach);
      const rows = Array.from({ length: cloud.dimension + 2 }, (_, row) => row);
      const values = rows.map((row) => parameterOf(cloud, row, index));
      return index < 0 ? null : { index, values, weight: cloud.weight[index] };
    },
    shown: () => Promise.resolve(shown),
    destroy: () => undefined,
  };
}

function isWeighted(particles: Particles | null): boolean {
  return particles?.weight.some((weight) => weight !== 1) ?? false;
}

function paintPoints(
  context: CanvasRenderingContext2D,
  { plane, window, look }: Scene,
  particles: Particles,
): void {
  context.globalAlpha = look.opacity;
  for (const isNegative of [false, true]) {
    context.fillStyle = colorText(isNegative ? look.negative : look.positive);
    context.beginPath();
    for (let i = 0; i < particles.width; i++) {
      if (particles.c[i] < 0 !== isNegative) continue;
      const [x, y] = pixelOf(placeOf(particles, plane.plane, i), window);
      const radius = look.radius * radiusOf(particles.weight[i]);
      if (isNegative) {
        context.moveTo(x, y + TIP * radius);
        context.lineTo(x - 0.866 * TIP * radius, y - 0.5 * TIP * radius);
        context.lineTo(x + 0.866 * TIP * radius, y - 0.5 * TIP * radius);
        context.closePath();
      } else {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
    }
    context.fill();
  }
}

/** @returns the weights of c ≥ 0 and of c < 0 that the picture shows */
function paintDensity(
  context: CanvasRenderingContext2D,
  { plane, window, look }: Scene,
  particles: Particles,
): [number, number] {
  const unit = densityUnit(particles.width, isWeighted(particles));
  const counts = Float64Array.from(
    densityOf(particles, plane.plane, window, unit),
    (units) => units / unit,
  );
  const { columns, rows } = cellsOf(window);
  const cells = columns * rows;
  let [fullest, positive, negative] = [1, 0, 0];
  for (let at = 0; at < cells; at++) {
    fullest = Math.max(fullest, counts[at] + counts[cells + at]);
    positive += counts[at];
    negative += counts[cells + at];
  }
  const brightness = [0.3, 0.59, 0.11];
  const grey = brightness.reduce(
    (sum, part, n) => sum + (part * (look.positive[n] + look.negative[n])) / 2,
    0,
  );
  for (let at = 0; at < cells; at++) {
    const all = counts[at] + counts[cells + at];
    if (all === 0) continue;
    const surplus = (2 * counts[at]) / all - 1;
    const pure = surplus > 0 ? look.positive : look.negative;
    context.globalAlpha = 0.35 + (0.65 * Math.log1p(all)) / Math.log1p(fullest);
    const [red, green, blue] = pure.map((value) => grey + Math.abs(surplus) * (value - grey));
    context.fillStyle = colorText([red, green, blue]);
    const [x, y] = [at % columns, Math.floor(at / columns)];
    context.fillRect(x * window.cell, y * window.cell, window.cell, window.cell);
  }
  return [positive, negative];
}

function colorText([red, green, blue]: readonly [number, number, number]): string {
  const part = (value: number): number => Math.round(255 * value);
  return `rgb(${part(red)} ${part(green)} ${part(blue)})`;
}
