// Residual: how far the network is from the targets.
//
//   ρ_j = f_j − y_j
//
// Shapes: f [R][s], y [s] → ρ [R][s].

/** Residual ρ [R][s] of an output f [R][s] against targets y [s], the same targets for every replica. */
export function residual(f: Float64Array, y: ArrayLike<number>): Float64Array {
  return f.map((value, index) => value - y[index % y.length]);
}
