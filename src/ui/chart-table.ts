// The numbers behind a chart as a table, written when the reader opens it.
import { readOff, tableOf, type ChartData } from './chart-data.ts';
import { element } from './dom.ts';
import { formatNumber } from '../record/number.ts';

/** Rows shown at most. */
const MOST_ROWS = 200;

/**
 * Makes the closed table.
 *
 * @param name what the chart shows
 * @param read the data at the moment of opening; null: none yet
 * @param summary what is pressed to open it
 */
export function createTable(
  name: string,
  read: () => ChartData | null,
  summary = 'Data',
): HTMLElement {
  const place = element('div', {
    class: 'chart-table',
    tabindex: 0,
    role: 'region',
    'aria-label': `Data: ${name}`,
  });
  const details = element('details', {}, element('summary', { text: summary }), place);
  details.addEventListener('toggle', () => {
    const data = read();
    place.replaceChildren(...(details.open && data !== null ? [tableElement(data)] : []));
  });
  return details;
}

function tableElement(data: ChartData): HTMLTableElement {
  const { head, row, length } = tableOf(data);
  const count = Math.min(length, MOST_ROWS);
  const note =
    count < length ? `${count} of ${length} rows` : `${count} row${count === 1 ? '' : 's'}`;
  const body = element('tbody');
  for (let n = 0; n < count; n++) {
    // Evenly chosen, the first and the last among them.
    const cells = row(count < 2 ? 0 : Math.round((n * (length - 1)) / (count - 1)));
    const first = readOff(cells[0], data.x, 6);
    const others = cells
      .slice(1)
      .map((value) => (Number.isNaN(value) ? '' : formatNumber(value, 6)));
    body.append(
      element(
        'tr',
        {},
        element('th', { scope: 'row', text: first }),
        ...others.map((text) => element('td', { text })),
      ),
    );
  }
  return element(
    'table',
    {},
    element('caption', { text: `${note}, as they were when this was opened` }),
    element(
      'thead',
      {},
      element('tr', {}, ...head.map((text) => element('th', { scope: 'col', text }))),
    ),
    body,
  );
}
