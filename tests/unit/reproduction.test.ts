// The report of a reproduction says what is missed, with the number that was measured; the outcome needs every criterion.
import { describe, expect, it } from 'vitest';
import { isReproduced, type Criterion } from '../../src/observables/reproduction.ts';
import {
  describeOutcome,
  drawPicture,
  formatCriteria,
  formatDataTable,
  reproductionReport,
} from '../../src/record/reproduction-report.ts';
import { REPRODUCTIONS, reproductionNamed } from '../../src/experiments/reproduce/registry.ts';

const met: Criterion = { name: 'slope', allowed: '≤ 1', measured: '0.5', pass: true };
const missed: Criterion = { name: 'ratio "r"', allowed: '< 2', measured: '7.25', pass: false };

describe('the outcome', () => {
  it('is reproduced where every criterion is met, and there is one', () => {
    expect(isReproduced({ criteria: [met, met] })).toBe(true);
    expect(isReproduced({ criteria: [met, missed] })).toBe(false);
    expect(isReproduced({ criteria: [] })).toBe(false);
  });

  it('names what is missed and its number', () => {
    expect(describeOutcome([met, missed])).toBe(
      '1 of 2 criteria is missed: ratio "r" (measured 7.25).',
    );
    expect(describeOutcome([met, met])).toBe('All 2 criteria are met.');
  });
});

describe('files', () => {
  it('quote texts and leave unknown numbers empty', () => {
    expect(formatCriteria([missed])).toBe(
      'name,allowed,measured,pass\n"ratio ""r""","< 2","7.25",0\n',
    );
    const table = {
      file: 't.csv',
      caption: '',
      columns: ['m', 'v'],
      rows: [
        [1, null],
        [2, 0.5],
      ],
    };
    expect(formatDataTable(table)).toBe('m,v\n1,\n2,0.5\n');
  });

  it('show a picture with time 0 on a log scale, and a missed criterion in the report', () => {
    const time = [0, 1, 2, 10, 100];
    const svg = drawPicture({
      title: 'P',
      description: 'd',
      caption: 'c',
      x: { kind: 'time', title: 'time t' },
      y: { kind: 'log', title: 'y' },
      curves: [{ label: 'one', x: time, y: [1, 2, 3, 4, 5], role: 'measured' }],
    });
    expect(svg).toContain('log scale, 0 at the left end');
    expect(svg).not.toContain('not drawn');
    const html = reproductionReport({
      name: 'n',
      title: 'title',
      source: 'Theirs.',
      settings: 'Ours: all.',
      result: { criteria: [missed], tables: [], pictures: [], remarks: [] },
      adapter: 'A',
      command: 'meanfield reproduce n',
      config: {},
      package: { name: 'meanfield', version: '0' },
    });
    expect(html).toContain('Title. Theirs. Ours: all. Computed on A.');
    expect(html).toContain('<table class="wraps"><caption>Criteria</caption>');
    expect(html).toContain('<td>missed</td><td>7.25</td>');
  });
});

describe('the registry', () => {
  it('holds entries with a valid configuration for any seed and a source', () => {
    for (const [name, entry] of Object.entries(REPRODUCTIONS)) {
      expect(entry.config({ seed: 5 }).seed, name).toBe(5);
      expect(entry.source.length, name).toBeGreaterThan(20);
      expect(reproductionNamed(name)).toBe(entry);
    }
  });
});
