// The lines over the cloud: axes with their numbers, in the plane (u, v) the samples and their arcs, and the particle
// that was found.
import type { Boundary } from '../../theory/attractors.ts';
import { formatNumber } from '../../record/number.ts';
import { themeColor } from '../dom.ts';
import type { Arcs } from './cloud-arcs.ts';
import { toPlane, toScreen, type Camera, type Size } from './cloud-camera.ts';
import type { NamedPlane } from './cloud-plane.ts';

/** What the overlay shows. */
export interface Overlay {
  readonly plane: NamedPlane;
  readonly camera: Camera;
  readonly size: Size;
  /** d = 1 in the plane (u, v) */
  readonly arcs: Arcs | null;
  /** place of the particle that was found */
  readonly found: readonly [number, number] | null;
}

/** Sample lines and ticks of arcs drawn at most; an even choice of more. */
const MOST_LINES = 96;
/** Radius of the ring of arcs, as a share of the smaller side. */
const RING = 0.44;
/** Share of that radius around the origin that no sample line crosses. */
const CLEAR = 0.3;

/** Draws the overlay anew. */
export function drawOverlay(canvas: HTMLCanvasElement, overlay: Overlay): void {
  const { width, height, ratio } = overlay.size;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.scale(ratio, ratio);
  context.font = '12px system-ui, sans-serif';
  drawAxes(context, overlay);
  if (overlay.arcs !== null) drawArcs(context, overlay, overlay.arcs);
  if (overlay.found !== null) drawFound(context, overlay, overlay.found);
}

/** Lines through the origin, and numbers along the lower and the left edge. */
function drawAxes(context: CanvasRenderingContext2D, { plane, camera, size }: Overlay): void {
  const { width, height } = size;
  const [x0, y0] = toScreen([0, 0], camera, size);
  context.strokeStyle = themeColor('edge');
  stroke(context, [x0, 0], [x0, height]);
  stroke(context, [0, y0], [width, y0]);
  const [left, bottom] = toPlane([0, height], camera, size);
  const [right, top] = toPlane([width, 0], camera, size);
  context.fillStyle = themeColor('soft');
  context.strokeStyle = themeColor('soft');
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  for (const value of ticksOf(left, right, width / 70)) {
    const [x] = toScreen([value, 0], camera, size);
    if (x < 50 || x > width - 20) continue;
    stroke(context, [x, height], [x, height - 4]);
    outlined(context, formatNumber(value, 3), x, height - 5);
  }
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const value of ticksOf(bottom, top, height / 60)) {
    const [, y] = toScreen([0, value], camera, size);
    if (y < 26 || y > height - 24) continue;
    stroke(context, [0, y], [4, y]);
    outlined(context, formatNumber(value, 3), 7, y);
  }
  context.fillStyle = themeColor('ink');
  context.textBaseline = 'top';
  outlined(context, `↑ ${plane.y}`, 6, 5);
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  outlined(context, `${plane.x} →`, width - 6, height - 20);
}

/** Multiples of 1, 2 or 5 times a power of ten, about `count` of them. */
function ticksOf(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const length = Math.max(0, Math.floor(high / step) - first + 1);
  return Array.from({ length: Math.min(length, 100) }, (_, n) => (first + n) * step);
}

/** Sample lines u x + v = 0, the ring of arcs, and what attracts there. */
function drawArcs(
  context: CanvasRenderingContext2D,
  { camera, size }: Overlay,
  { x, boundaries }: Arcs,
): void {
  const origin = toScreen([0, 0], camera, size);
  const far = size.width + size.height + Math.hypot(...origin);
  const radius = RING * Math.min(size.width, size.height);
  const stride = Math.ceil(x.length / MOST_LINES);
  context.strokeStyle = themeColor('soft');
  context.globalAlpha = stride > 1 || x.length > 24 ? 0.25 : 0.45;
  const angles: number[] = [];
  for (let j = 0; j < x.length; j += stride) {
    const theta = -Math.atan(x[j]);
    angles.push(theta, theta + Math.PI);
    // Near the origin all lines meet, and would hide the cloud.
    for (const end of [far, -far])
      stroke(
        context,
        around(origin, theta, Math.sign(end) * CLEAR * radius),
        around(origin, theta, end),
      );
  }
  context.globalAlpha = 0.7;
  context.lineWidth = 2;
  drawRing(context, origin, radius, angles);
  context.lineWidth = 1;
  context.globalAlpha = 1;
  for (const boundary of boundaries) {
    if (boundary.flips) drawAttractor(context, around(origin, boundary.theta, radius), boundary);
  }
}

/** Arcs between neighbouring boundaries as pieces of a ring, with a gap at every boundary. */
function drawRing(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  radius: number,
  angles: readonly number[],
): void {
  const sorted = [...angles].sort((p, q) => p - q);
  const gap = 1.5 / radius;
  sorted.forEach((from, n) => {
    const to = n + 1 < sorted.length ? sorted[n + 1] : sorted[0] + 2 * Math.PI;
    if (to - from <= 2 * gap) return;
    context.beginPath();
    // Angles grow counter-clockwise in the plane, clockwise on a canvas.
    context.arc(x, y, radius, -(from + gap), -(to - gap), true);
    context.stroke();
  });
}

/** A disc attracts c > 0 and repels c < 0, a triangle the reverse. */
function drawAttractor(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  { attracts }: Boundary,
): void {
  if (attracts === 0) return;
  context.fillStyle = themeColor(attracts > 0 ? 'positive' : 'negative');
  context.strokeStyle = themeColor('ink');
  context.beginPath();
  if (attracts > 0) context.arc(x, y, 4.5, 0, 2 * Math.PI);
  else {
    context.moveTo(x, y + 7);
    context.lineTo(x - 6, y - 3.5);
    context.lineTo(x + 6, y - 3.5);
    context.closePath();
  }
  context.fill();
  context.stroke();
}

function drawFound(
  context: CanvasRenderingContext2D,
  { camera, size }: Overlay,
  place: readonly [number, number],
): void {
  const [x, y] = toScreen(place, camera, size);
  context.strokeStyle = themeColor('paper');
  context.lineWidth = 4;
  for (let round = 0; round < 2; round++) {
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.stroke();
    context.strokeStyle = themeColor('ink');
    context.lineWidth = 2;
  }
}

function around(
  [x, y]: readonly [number, number],
  theta: number,
  radius: number,
): [number, number] {
  return [x + radius * Math.cos(theta), y - radius * Math.sin(theta)];
}

function stroke(
  context: CanvasRenderingContext2D,
  from: readonly [number, number],
  to: readonly [number, number],
): void {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

/** Text that stays legible over the cloud. */
function outlined(context: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  context.save();
  context.strokeStyle = themeColor('paper');
  context.lineWidth = 4;
  context.lineJoin = 'round';
  context.globalAlpha = 0.85;
  context.strokeText(text, x, y);
  context.restore();
  context.fillText(text, x, y);
}
