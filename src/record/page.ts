// The frame of a report: one self-contained HTML page with no script and no request to anywhere. Pure strings.
import { escapeText } from './svg.ts';

/** A picture with what is to be seen in it. */
export interface Figure {
  /** an `<svg>` element */
  readonly svg: string;
  readonly caption: string;
}

/** A table of text; the first column names the row, the others hold numbers. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** words break into lines, so that no column lies out of sight; default false */
  readonly wraps?: boolean;
}

/** What a report holds, in reading order. All texts are plain and are escaped here. */
export interface Page {
  readonly title: string;
  /** what ran */
  readonly lead: string;
  /** what came out, one sentence a paragraph; the first is the main one */
  readonly results: readonly string[];
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  /** command line that gives this result again */
  readonly command: string;
  /** resolved configuration */
  readonly config: unknown;
  readonly footer: string;
}

const STYLE = `
:root{--paper:#fff;--ink:#1f2328;--soft:#57606a;--edge:#d8dee4;--wash:#f6f8fa;--accent:#0072b2}
@media screen and (prefers-color-scheme:dark){:root{--paper:#15181d;--ink:#e6e8eb;--soft:#a9b1bb;--edge:#343a43;--wash:#1d2127;--accent:#56b4e9}}
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:2.5rem 1.25rem 4rem;max-width:48rem;background:var(--paper);color:var(--ink);font:1rem/1.6 system-ui,sans-serif}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 1rem;text-wrap:balance}
h2{font-size:1.15rem;margin:2.75rem 0 .75rem}
p{margin:.6rem 0;max-width:42rem;overflow-wrap:break-word}
.lead{color:var(--soft)}
.main{font-size:1.1rem;border-left:3px solid var(--accent);padding-left:.9rem;margin:1.5rem 0}
.scroll{overflow-x:auto;margin:1.25rem 0}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums;min-width:24rem}
caption{text-align:left;color:var(--soft);padding-bottom:.4rem}
th,td{padding:.35rem 1.1rem .35rem 0;text-align:right;border-bottom:1px solid var(--edge);white-space:nowrap;font-weight:400}
.wraps :is(th,td){white-space:normal}
thead th{font-weight:600;vertical-align:bottom}
th:first-child{text-align:left}
figure{margin:2rem 0}
figure .scroll{margin:0}
.mf-chart{display:block;width:100%;min-width:32rem;height:auto}
figcaption{color:var(--soft);font-size:.92rem;max-width:42rem;margin-top:.4rem}
pre{background:var(--wash);border:1px solid var(--edge);border-radius:6px;padding:.8rem 1rem;overflow-x:auto;font:.85rem/1.5 ui-monospace,monospace}
summary{cursor:pointer}
footer{margin-top:3rem;color:var(--soft);font-size:.85rem}
@media print{.scroll{overflow:visible}figure{break-inside:avoid}}
`;

/** Writes a page as HTML. */
export function formatPage(page: Page): string {
  const text = escapeText;
  const [main, ...others] = page.results;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${text(page.title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${prose(page.title)}</h1>`,
    `<p class="lead">${prose(page.lead)}</p>`,
    '<h2>Result</h2>',
    main === undefined ? '' : `<p class="main">${prose(main)}</p>`,
    ...others.map((line) => `<p>${prose(line)}</p>`),
    ...page.tables.map(formatTable),
    '<h2>Figures</h2>',
    ...page.figures.map(formatFigure),
    '<h2>To run it again</h2>',
    `<pre><code>${text(page.command)}</code></pre>`,
    '<details>',
    '<summary>Configuration, with every default written out</summary>',
    `<pre><code>${text(JSON.stringify(page.config, null, 2))}</code></pre>`,
    '</details>',
    '</main>',
    `<footer>${text(page.footer)}</footer>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** Running text, in which no line breaks within "d = 1" or "95 %". */
function prose(text: string): string {
  return escapeText(text)
    .replace(/ ([=%])/g, '\u00a0$1')
    .replace(/= /g, '=\u00a0');
}

/** Cells up to this length never break. */
const LONGEST_WHOLE = 20;

function formatTable({ caption, columns, rows, wraps = false }: Table): string {
  const head = columns.map((name) => `<th scope="col">${escapeText(name)}</th>`).join('');
  // "≤ 0.1" stays on one line, a sentence does not.
  const whole = (cell: string): string =>
    !wraps || cell.length > LONGEST_WHOLE ? cell : cell.replaceAll(' ', '\u00a0');
  const body = rows.map(([name, ...cells]) => {
    const values = cells.map((cell) => `<td>${escapeText(whole(cell))}</td>`).join('');
    return `<tr><th scope="row">${escapeText(name ?? '')}</th>${values}</tr>`;
  });
  return [
    `<div class="scroll" tabindex="0" role="region" aria-label="${escapeText(caption)}">`,
    `<table${wraps ? ' class="wraps"' : ''}><caption>${escapeText(caption)}</caption>`,
    `<thead><tr>${head}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody></table></div>`,
  ].join('\n');
}

function formatFigure({ svg, caption }: Figure): string {
  return `<figure>\n<div class="scroll">${svg}</div>\n<figcaption>${escapeText(caption)}</figcaption>\n</figure>`;
}
