// How the cloud looks: colours of the theme, points that grow smaller and fainter where they are many; and where a
// canvas for it comes from.
import type { Look } from '../../engine/picture.ts';
import { element, themeColor } from '../dom.ts';
import type { Engine, Run } from '../engine.ts';
import { createGpuPainter } from './cloud-gpu.ts';
import type { Painter } from './cloud-painter.ts';

/** @param ratio device pixels per CSS pixel */
export function lookOf(width: number, ratio: number): Look {
  const decades = Math.log10(width);
  return {
    radius: ratio * Math.min(5, Math.max(1.1, 7 - 1.2 * decades)),
    opacity: Math.min(0.9, Math.max(0.3, 1.25 - 0.18 * decades)),
    positive: rgbOf(themeColor('positive')),
    negative: rgbOf(themeColor('negative')),
  };
}

/** Red, green and blue in [0, 1] of #rrggbb. */
function rgbOf(color: string): [number, number, number] {
  const part = (at: number): number => parseInt(color.slice(at, at + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}

/**
 * A painter for a run, on the canvas at the bottom of a frame. A canvas keeps the kind of its first context, so a
 * painter of another kind gets a new one.
 */
export async function openPainter(
  frame: HTMLElement,
  { device }: Engine,
  run: Run,
): Promise<Painter> {
  const lay = (): HTMLCanvasElement => {
    const canvas = element('canvas', { role: 'img', 'aria-label': 'Particles' });
    frame.querySelector('canvas[role]')?.remove();
    frame.prepend(canvas);
    return canvas;
  };
  if (device !== null && run.simulation !== null) {
    const before = frame.querySelector<HTMLCanvasElement>('canvas[role]');
    const painter = await createGpuPainter(before ?? lay(), device, run, run.simulation);
    if (painter !== null) return painter;
  }
  return (await import('./cloud-host.ts')).createHostPainter(lay(), run);
}

/** The picture of a painter with the lines over it, on the paper of the page. `paint` draws within this task. */
export function photograph(paint: () => void, layers: readonly HTMLCanvasElement[]): Promise<Blob> {
  const [{ width, height }] = layers;
  const sheet = element('canvas', { width, height });
  const context = sheet.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = themeColor('paper');
  context.fillRect(0, 0, width, height);
  // A WebGPU canvas holds its picture within the task that drew it alone.
  paint();
  for (const layer of layers) context.drawImage(layer, 0, 0);
  return new Promise((resolve, reject) => {
    sheet.toBlob((blob) =>
      blob === null ? reject(new Error('the browser made no picture')) : resolve(blob),
    );
  });
}
