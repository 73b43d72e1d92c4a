// Files that the page saves, in the formats of the command line. Loaded when the first is asked for.
import { formatHistory } from '../record/csv.ts';
import { formatParticles } from '../record/npz.ts';
import type { App } from './app.ts';
import { element } from './dom.ts';
import { withoutDefaults } from './hash.ts';
import type { View } from './view.ts';

/** Pixels of a picture per unit of its SVG. */
const PIXELS = 2;

/** `particles.npz`: the cloud as it is now. */
export async function saveParticles({ session }: App): Promise<void> {
  const state = await session.inOrder(async () => session.run?.read());
  if (state === undefined) throw new Error('there is no run to save');
  // A copy of its own buffer, as a Blob wants it.
  save('particles.npz', new Blob([new Uint8Array(formatParticles(state.particles))]));
}

/** `history.csv`: the rows so far. */
export function saveHistory({ session }: App): Promise<void> {
  save('history.csv', new Blob([formatHistory(session.rows)], { type: 'text/csv' }));
  return Promise.resolve();
}

/** `config.json`: what `--config` reads. */
export function saveConfig({ config }: App): Promise<void> {
  const text = `${JSON.stringify(withoutDefaults(config), null, 2)}\n`;
  save('config.json', new Blob([text], { type: 'application/json' }));
  return Promise.resolve();
}

/** One view as a figure or as its numbers. */
export async function saveView(
  { name, exports }: View,
  kind: 'svg' | 'png' | 'csv',
): Promise<void> {
  const content = await contentOf(exports, kind);
  if (content.size === 0) throw new Error(`the ${name} view has nothing to save yet`);
  save(`${name}.${kind}`, content);
}

async function contentOf(exports: View['exports'], kind: 'svg' | 'png' | 'csv'): Promise<Blob> {
  if (kind === 'csv') return new Blob([(await exports.csv?.()) ?? ''], { type: 'text/csv' });
  if (kind === 'png' && exports.png !== undefined) return exports.png();
  const svg = new Blob([(await exports.svg?.()) ?? ''], { type: 'image/svg+xml' });
  return kind === 'svg' ? svg : rasterise(svg);
}

/** An SVG figure as pixels. */
async function rasterise(svg: Blob): Promise<Blob> {
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const width = PIXELS * image.naturalWidth;
    const height = PIXELS * image.naturalHeight;
    const canvas = element('canvas', { width, height });
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (png === null)
      throw new Error(`the browser makes no picture of ${width} × ${height} pixels`);
    return png;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  element('a', { href: url, download: name }).click();
  // The browser has begun to read by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
