// Sizes of limit and prediction that do not fit: one clear phrase each.
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';

it('names the multiple that is allowed', () => {
  expect(() => parseConfig({ clt: { prediction: { columns: 30 } } })).toThrow(
    /^config: clt\.prediction\.columns: received 30; allowed: a multiple of 4$/,
  );
  expect(() => parseConfig({ clt: { quadrature: { nodes: 9 } } })).toThrow(
    /^config: clt\.quadrature\.nodes: received 9; allowed: an even number$/,
  );
});
