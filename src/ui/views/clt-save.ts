// The files of the CLT view: the figures of the report, the table and the summary of `meanfield clt`.
import type { Config } from '../../config.ts';
import { predictionCaveat } from '../../experiments/prediction.ts';
import type { FluctuationResult } from '../../observables/fluctuation.ts';
import { formatFluctuations } from '../../record/csv.ts';
import { fluctuationFigure, lawFigure } from '../../record/fluctuation-figures.ts';
import { summariseParts } from '../../record/fluctuation-summary.ts';
import { saveFile } from '../save-file.ts';

/** Names of the files. */
export type CltFile = 'law.svg' | 'over-time.svg' | 'fluctuations.csv' | 'summary.json';

/** The figure of the law, as in the report. */
export function lawSvg(result: FluctuationResult): string {
  return lawFigure(result);
}

/** The table, as `meanfield clt` writes it. */
export function cltCsv({ points }: FluctuationResult, { flow }: Config): string {
  return formatFluctuations([{ penalty: flow.penalty, points }]);
}

/** The summary, as `meanfield clt` writes it, with the configuration. */
export function cltSummary(result: FluctuationResult, config: Config): string {
  const isPredicted = result.points.some(({ time, predicted }) => time > 0 && predicted !== null);
  const caveat = isPredicted ? predictionCaveat(config) : null;
  const part = { penalty: config.flow.penalty, result, limit: null, caveat };
  return `${JSON.stringify({ ...summariseParts([part]), config }, null, 2)}\n`;
}

/** Saves one of the files. */
export function saveClt(file: CltFile, result: FluctuationResult, config: Config): void {
  switch (file) {
    case 'law.svg':
      return saveFile(file, 'image/svg+xml', lawSvg(result));
    case 'over-time.svg':
      return saveFile(file, 'image/svg+xml', fluctuationFigure(result.points));
    case 'fluctuations.csv':
      return saveFile(file, 'text/csv', cltCsv(result, config));
    case 'summary.json':
      return saveFile(file, 'application/json', cltSummary(result, config));
  }
}
