// The prediction under the population loss: a small problem against its simulation in float64, and what is refused.
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config-check.ts';
import type { ConfigInput } from '../../src/config.ts';
import {
  checkPopulationPrediction,
  populationRule,
} from '../../src/experiments/population-prediction.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { populationProducts } from '../../src/reference/population.ts';
import { createReference } from '../../src/reference/simulation.ts';

const SMALL: ConfigInput = {
  problem: {
    kind: 'teacher-student',
    dimension: 2,
    samples: 4,
    inputs: { kind: 'sphere', radius: 1.4142135623730951 },
    teacher: { kind: 'given', a: [[1, 0]], c: [1] },
  },
  network: { activation: 'relu', bias: false, width: 48 },
  init: { kind: 'random', a: { kind: 'normal', std: 0.7 }, c: { kind: 'normal', std: 1 } },
  flow: { loss: 'population', dt: 0.25 },
  clt: { prediction: { nodes: 64, columns: 16, rules: 4 } },
};

/** Mean and standard error of independent values. */
function meanOf(values: readonly number[]) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, se: Math.sqrt(square / n / (n - 1)) };
}

describe('the prediction under the population loss', () => {
  it('is what replicas show, within four standard errors of both', async () => {
    const config = parseConfig(SMALL);
    const problem = await makeProblem(config);
    const steps = [0, 4, 12];
    const rules: { constant: number }[][] = [];
    for (let rule = 0; rule < 8; rule++) {
      const row: { constant: number }[] = [];
      for await (const values of populationRule(config, problem, steps, rule)) row.push(values);
      rules.push(row);
    }
    // m V̂ of ten independent groups of ten replicas, V̂ = mean ‖ρ_r‖² − mean ⟨ρ_r, ρ_l⟩.
    const groups = Array.from({ length: 10 }, (_, g) => {
      const reference = createReference(config, problem, { replicas: 10, firstReplica: 10 * g });
      return steps.map((step) => {
        reference.step(step - reference.stepsDone);
        const cloud = reference.read().particles;
        const { residual } = populationProducts(config, cloud, problem.population!);
        let [own, other] = [0, 0];
        residual.forEach((value, at) => {
          if (at % 11 === 0) own += value / 10;
          else other += value / 90;
        });
        return config.network.width * (own - other);
      });
    });
    steps.forEach((_, at) => {
      const predicted = meanOf(rules.map((row) => row[at].constant));
      const measured = meanOf(groups.map((row) => row[at]));
      const se = Math.hypot(predicted.se, measured.se);
      expect(Math.abs(predicted.mean - measured.mean)).toBeLessThan(4 * se);
      expect(se).toBeLessThan(0.2 * predicted.mean);
    });
  });

  it('refuses what takes too long, and names sizes that do not', () => {
    const config = parseConfig({ ...SMALL, clt: { prediction: { nodes: 65536 } } });
    const message = (steps: number): string => {
      try {
        checkPopulationPrediction(config, 2, steps);
      } catch (error) {
        if (error instanceof ConfigError) return error.message;
      }
      return '';
    };
    const [, nodes] = /such as nodes (\d+), columns 16, rules 4$/.exec(message(100)) ?? [];
    const smaller = { nodes: Number(nodes), columns: 16, rules: 4 };
    expect(() => {
      checkPopulationPrediction(parseConfig({ ...SMALL, clt: { prediction: smaller } }), 2, 100);
    }).not.toThrow();
    expect(message(1e12)).toMatch(/fewer steps$/);
  });
});
