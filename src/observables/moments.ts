// Moments of a cloud of particles in float64: means over particles with weights ω/m, one record per replica.
import type { PenaltyName } from '../config.ts';
import { replicaOf, type Particles } from '../state.ts';
import type { Moments } from './history.ts';

/** Penalty r(w) of one particle, from |a|², b² and c². */
const PENALTY: Record<PenaltyName, (a2: number, b2: number, c2: number) => number> = {
  none: () => 0,
  'output-l2': (_a2, _b2, c2) => c2 / 2,
  'weight-decay': (a2, b2, c2) => (a2 + b2 + c2) / 2,
  'total-variation': (a2, b2, c2) => Math.sqrt(c2 * (a2 + b2)),
};

/**
 * Moments of every replica: (1/m) Σ_i ω_i of c, c², |a|², b², |c|·|(a, b)|, c²·|(a, b)|² and the penalty r(w_i).
 *
 * @param particles R replicas of m particles
 * @param penaltyKind which r(w); its strength λ does not enter
 * @returns R records
 */
export function moments(particles: Particles, penaltyKind: PenaltyName): Moments[] {
  return Array.from({ length: particles.replicas }, (_, r) =>
    momentsOf(replicaOf(particles, r), PENALTY[penaltyKind]),
  );
}

function momentsOf(cloud: Particles, penalty: (typeof PENALTY)[PenaltyName]): Moments {
  const { dimension: d, width: m } = cloud;
  const sums = {
    meanC: 0,
    meanC2: 0,
    meanA2: 0,
    meanB2: 0,
    totalVariation: 0,
    squaredNorm: 0,
    penalty: 0,
  };
  for (let i = 0; i < m; i++) {
    let a2 = 0;
    for (let k = 0; k < d; k++) a2 += cloud.a[i * d + k] ** 2;
    const b2 = cloud.b[i] ** 2;
    const c = cloud.c[i];
    const share = cloud.weight[i] / m;
    sums.meanC += share * c;
    sums.meanC2 += share * c * c;
    sums.meanA2 += share * a2;
    sums.meanB2 += share * b2;
    sums.totalVariation += share * Math.abs(c) * Math.sqrt(a2 + b2);
    sums.squaredNorm += share * c * c * (a2 + b2);
    sums.penalty += share * penalty(a2, b2, c * c);
  }
  return sums;
}
