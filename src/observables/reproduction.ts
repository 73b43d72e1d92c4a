// What the reproduction of an experiment gives: criteria with measured numbers, tables and pictures, as plain records.

/** One criterion, in words and in the number that was measured. */
export interface Criterion {
  readonly name: string;
  /** what would pass, for example "≤ 1.5" */
  readonly allowed: string;
  readonly measured: string;
  readonly pass: boolean;
}

/** A table of numbers, written as a CSV file. */
export interface DataTable {
  /** file name, ends in .csv */
  readonly file: string;
  /** what the rows are, one line */
  readonly caption: string;
  readonly columns: readonly string[];
  /** null where a number is unknown */
  readonly rows: readonly (readonly (number | null)[])[];
  /** shown in the report too; default true */
  readonly shown?: boolean;
}

/** One curve or cloud of points of a picture. */
export interface Curve {
  /** legend text; "" for none */
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** ends of the interval around y */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  /** measured values are points on a thin line, theory a dashed line, guides dotted; a `line` is solid, broken at NaN */
  readonly role: 'measured' | 'theory' | 'guide' | 'line';
  /** radius of points in pixels */
  readonly radius?: number;
  /** false leaves measured values as points without a line; default true */
  readonly joined?: boolean;
  /** curves of one number share a colour; default: their place in the list */
  readonly color?: number;
}

/** A picture as data. */
export interface Picture {
  readonly title: string;
  /** one sentence for those who cannot see it */
  readonly description: string;
  readonly caption: string;
  /** `time` chooses a scale by itself and gives time 0 a place on a log scale */
  readonly x: { readonly kind: 'linear' | 'log' | 'time'; readonly title: string };
  readonly y: { readonly kind: 'linear' | 'log'; readonly title: string };
  readonly curves: readonly Curve[];
  /** both axes have one scale, for a plane */
  readonly square?: boolean;
  readonly notes?: readonly string[];
}

/** Everything the reproduction of an experiment finds. */
export interface ReproductionResult {
  readonly criteria: readonly Criterion[];
  readonly tables: readonly DataTable[];
  readonly pictures: readonly Picture[];
  /** sentences on what was found beside the criteria */
  readonly remarks: readonly string[];
}

/** Whether every criterion is met; an empty list is none. */
export function isReproduced({ criteria }: Pick<ReproductionResult, 'criteria'>): boolean {
  return criteria.length > 0 && criteria.every(({ pass }) => pass);
}
