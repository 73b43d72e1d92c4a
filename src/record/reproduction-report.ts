// report.html and the CSV files of a reproduced experiment: criteria with measured numbers, tables, pictures.
import {
  isReproduced,
  type Criterion,
  type Curve,
  type DataTable,
  type Picture,
  type ReproductionResult,
} from '../observables/reproduction.ts';
import { drawChart } from './chart.ts';
import { makeTimeAxis } from './figures.ts';
import { formatNumber } from './number.ts';
import { formatPage, type Table } from './page.ts';
import type { Series } from './series.ts';

/** What the report of a reproduction shows beside its result. */
export interface ReproductionRecord {
  readonly name: string;
  readonly title: string;
  /** where the settings come from */
  readonly source: string;
  /** what was chosen here */
  readonly settings?: string;
  readonly result: ReproductionResult;
  readonly adapter: string;
  readonly command: string;
  readonly config: unknown;
  readonly package: { readonly name: string; readonly version: string };
}

/** The report of a reproduction. */
export function reproductionReport(record: ReproductionRecord): string {
  const { name, title, source, settings = '', result, adapter, command, config } = record;
  const own = record.package;
  return formatPage({
    title: `Reproduction: ${name}`,
    lead: [`${capitalise(title)}.`, source, settings, `Computed on ${adapter}.`]
      .filter((text) => text !== '')
      .join(' '),
    results: [describeOutcome(result.criteria), ...result.remarks],
    tables: [
      tabulateCriteria(result.criteria),
      ...result.tables.filter(({ shown }) => shown !== false).map(tabulate),
    ],
    figures: result.pictures.map((picture) => ({
      svg: drawPicture(picture),
      caption: picture.caption,
    })),
    command,
    config,
    footer: `Written by ${own.name} ${own.version}. The numbers behind the figures stand in the .csv files beside this page; manifest.json tells versions, times and checksums.`,
  });
}

/** "All 5 criteria are met." or how many and which are not. */
export function describeOutcome(criteria: readonly Criterion[]): string {
  const missed = criteria.filter(({ pass }) => !pass);
  if (isReproduced({ criteria })) {
    return criteria.length === 1
      ? 'The criterion is met.'
      : `All ${criteria.length} criteria are met.`;
  }
  const list = missed.map(({ name, measured }) => `${name} (measured ${measured})`);
  return `${missed.length} of ${criteria.length} criteria ${missed.length === 1 ? 'is' : 'are'} missed: ${list.join('; ')}.`;
}

/** `criteria.csv`: name, allowed, measured, pass (1 or 0). */
export function formatCriteria(criteria: readonly Criterion[]): string {
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const lines = criteria.map(({ name, allowed, measured, pass }) =>
    [quote(name), quote(allowed), quote(measured), pass ? 1 : 0].join(','),
  );
  return `${['name,allowed,measured,pass', ...lines].join('\n')}\n`;
}

/** A table as CSV; unknown numbers are empty. */
export function formatDataTable({ columns, rows }: DataTable): string {
  const cell = (value: number | null): string =>
    value === null || Number.isNaN(value) ? '' : String(value);
  return `${[columns.join(','), ...rows.map((row) => row.map(cell).join(','))].join('\n')}\n`;
}

function tabulateCriteria(criteria: readonly Criterion[]): Table {
  return {
    caption: 'Criteria',
    columns: ['', 'verdict', 'measured', 'allowed'],
    wraps: true,
    rows: criteria.map(({ name, allowed, measured, pass }) => [
      name,
      pass ? 'met' : 'missed',
      measured,
      allowed,
    ]),
  };
}

function tabulate({ caption, columns, rows }: DataTable): Table {
  return {
    caption,
    columns: columns.map((name) => name.replaceAll('_', ' ')),
    rows: rows.map((row) => row.map((value) => formatNumber(value ?? NaN))),
  };
}

/** Draws a picture. */
export function drawPicture({ title, description, x, y, curves, square, notes }: Picture): string {
  const axis = x.kind === 'time' ? makeTimeAxis(curves.flatMap((curve) => [...curve.x])) : null;
  const place = axis === null ? (value: number): number => value : axis.place;
  return drawChart({
    title,
    description,
    x: axis === null ? { kind: x.kind === 'log' ? 'log' : 'linear', title: x.title } : axis.options,
    y,
    series: curves.map((curve, index) => drawCurve(curve, index, place)),
    ...(square === undefined ? {} : { square }),
    ...(notes === undefined ? {} : { notes }),
  });
}

const LINES = { line: 'solid', measured: 'solid', theory: 'dashed', guide: 'dotted' } as const;

function drawCurve(curve: Curve, index: number, place: (value: number) => number): Series {
  const { label, y, low, high, role } = curve;
  const measured = role === 'measured';
  const interval =
    low === undefined || high === undefined
      ? {}
      : ({ low, high, interval: measured ? 'bars' : 'band' } as const);
  return {
    ...(label !== '' && { label }),
    x: curve.x.map(place),
    y,
    ...interval,
    color: curve.color ?? (measured || role === 'line' ? index : 'ink'),
    ...(curve.joined === false ? {} : { line: LINES[role] }),
    marker: measured,
    gaps: role === 'line' || role === 'guide',
    ...(curve.radius !== undefined && { radius: curve.radius }),
  };
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
