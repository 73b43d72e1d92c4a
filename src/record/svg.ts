// SVG text of the pieces of a chart: words, lines, markers, bars. Pure string functions, no DOM.
//
// Colours stand in presentation attributes, so the picture is right in any viewer; the style sheet `DARK_STYLE`
// adapts it to a dark page. Data colours are those of Okabe and Ito (2008), which stay apart for colour-blind
// readers; markers differ too.
import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape';

/** Number of a data colour and marker, taken round; `ink` is the colour of text. */
export type Color = number | 'ink';

/** Dash pattern of a line. */
export type LineStyle = 'solid' | 'dashed' | 'dotted';

/** Font size of labels in pixels. */
export const FONT = 13;

/** Rules inside every chart that change its colours where the reader prefers a dark page. */
export const DARK_STYLE =
  '@media screen and (prefers-color-scheme:dark){.mf-paper{fill:#15181d}.mf-ink{fill:#e6e8eb}' +
  '.mf-soft{fill:#a9b1bb}.mf-axis{stroke:#8b949e}.mf-grid{stroke:#2b3038}.mf-series-ink{color:#e6e8eb}}';

const OKABE_ITO = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'];
const SYMBOLS = [
  symbolCircle,
  symbolSquare,
  symbolTriangle,
  symbolDiamond,
  symbolCross,
  symbolStar,
  symbolWye,
];
const DASHES = { solid: '', dashed: ' stroke-dasharray="7 5"', dotted: ' stroke-dasharray="2 4"' };

/** Text made safe inside XML and HTML, in elements and in quoted attributes; control characters are dropped. */
export function escapeText(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text

    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"]/g, (sign) => entities[sign]);
}

/** Width of a text in pixels, from above: fonts differ, overlap is worse than air. */
export function measureText(text: string, size: number): number {
  return [...text].filter((sign) => !/\p{M}/u.test(sign)).length * size * 0.6;
}

/** Text in lines of at most `width` pixels; a longer word stands alone. */
export function wrapText(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last === undefined || measureText(`${last} ${word}`, size) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** How a text looks and where it is anchored. */
export interface TextStyle {
  readonly size?: number;
  readonly bold?: boolean;
  readonly soft?: boolean;
  readonly anchor?: 'middle' | 'end';
}

/** One line of text. */
export function drawText(text: string, x: number, y: number, style: TextStyle = {}): string {
  const { size, bold, soft, anchor } = style;
  return (
    `<text class="${soft ? 'mf-soft' : 'mf-ink'}" fill="${soft ? '#57606a' : '#1f2328'}" ` +
    `x="${round(x)}" y="${round(y)}"` +
    (size === undefined ? '' : ` font-size="${size}"`) +
    (bold ? ' font-weight="600"' : '') +
    (anchor === undefined ? '' : ` text-anchor="${anchor}"`) +
    `>${escapeText(text)}</text>`
  );
}

/** Wraps marks of one colour in a group; they refer to it as `currentColor`. */
export function drawGroup(color: Color, faint: boolean, content: string): string {
  const look =
    color === 'ink'
      ? 'class="mf-series-ink" color="#1f2328"'
      : `color="${OKABE_ITO[color % OKABE_ITO.length]}"`;
  return `<g ${look}${faint ? ' opacity="0.4"' : ''}>${content}</g>`;
}

/** An open line in the colour of its group. */
export function drawPath(d: string, style: LineStyle): string {
  return (
    `<path d="${d}" fill="none" stroke="currentColor" stroke-width="2" ` +
    `stroke-linejoin="round"${DASHES[style]}/>`
  );
}

/** A vertical bar with caps, between two pixels. */
export function drawBar(x: number, low: number, high: number): string {
  const d = `M${round(x)} ${round(low)}V${round(high)}m-3 0h6M${round(x - 3)} ${round(low)}h6`;
  return `<path d="${d}" fill="none" stroke="currentColor" stroke-width="1.4"/>`;
}

/** Six colours against seven shapes: the pair repeats only after 42 series. */
export function drawMarker(color: Color, x: number, y: number, radius: number): string {
  const shape = color === 'ink' ? 3 : color % SYMBOLS.length;
  if (shape === 0)
    return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="currentColor"/>`;
  const d = symbol(SYMBOLS[shape], Math.PI * radius * radius).digits(2)() ?? '';
  return `<path transform="translate(${round(x)} ${round(y)})" d="${d}" fill="currentColor"/>`;
}

/** Pixels to two decimals, which no eye tells apart. */
export function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
