// Gauss–Legendre quadrature, on one interval or on many side by side.

/** Nodes and weights of a rule: ∫ g ≈ Σ weight · g(node). */
export interface Rule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Gauss–Legendre rule on [−1, 1], exact for polynomials up to degree 2n − 1: Newton's method on P_n from the
 * asymptotic zeros cos(π (k + 3/4)/(n + 1/2)) (Abramowitz and Stegun 22.16.6, 25.4.29).
 *
 * @param n number of nodes, n ≥ 1
 */
export function gaussLegendre(n: number): Rule {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let x = Math.cos((Math.PI * (k + 0.75)) / (n + 0.5));
    let slope = 1;
    // Newton converges quadratically; the bound only guards against a cycle in the last bit.
    for (let iteration = 0; iteration < 20; iteration++) {
      const legendre = legendreWithSlope(n, x);
      slope = legendre.slope;
      const step = legendre.value / slope;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    nodes[n - 1 - k] = x;
    weights[n - 1 - k] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

/** P_n(x) and its derivative by the three-term recurrence. */
function legendreWithSlope(n: number, x: number): { value: number; slope: number } {
  let [before, value] = [1, x];
  for (let k = 2; k <= n; k++) {
    [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  }
  return { value, slope: (n * (x * value - before)) / (x * x - 1) };
}

/** Nodes per panel of {@link compositeRule}. */
const PANEL_NODES = 16;
const PANEL = gaussLegendre(PANEL_NODES);

/**
 * Composite Gauss–Legendre rule on [low, high], 16 nodes a panel. Panels end at the breaks, where the integrand may have
 * kinks or jumps, and are no longer than maxPanel.
 *
 * @param low lower end
 * @param high upper end, high ≥ low
 * @param maxPanel longest panel, positive
 * @param breaks points at which panels end, in any order; those outside (low, high) are left out
 */
export function compositeRule(
  low: number,
  high: number,
  maxPanel: number,
  breaks: readonly number[] = [],
): Rule {
  const inside = breaks.filter((point) => point > low && point < high).sort((a, b) => a - b);
  const ends = [low, ...inside, high];
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let k = 0; k + 1 < ends.length; k++) {
    const panels = Math.max(1, Math.ceil((ends[k + 1] - ends[k]) / maxPanel));
    const half = (ends[k + 1] - ends[k]) / (2 * panels);
    for (let panel = 0; panel < panels; panel++) {
      const middle = ends[k] + (2 * panel + 1) * half;
      for (let i = 0; i < PANEL_NODES; i++) {
        nodes.push(middle + half * PANEL.nodes[i]);
        weights.push(half * PANEL.weights[i]);
      }
    }
  }
  return { nodes: Float64Array.from(nodes), weights: Float64Array.from(weights) };
}
