// Problems whose constant C_t = lim m E‖f_m − f‖² has a closed form at all times, for the flow and for Euler's method.

/** A problem with known fluctuation; ‖·‖² is the mean over inputs, Σν = 1. */
export interface KnownFluctuation {
  /** the moment of the limit that decides everything, see the function that made the record */
  readonly output: number;
  /** C_t */
  readonly constant: number;
  /** MC_t: the constant of fresh independent particles of the law at that time */
  readonly monteCarlo: number;
}

/** The two readings of time. */
export interface KnownClt {
  /** the continuous flow at time t */
  at(t: number): KnownFluctuation;
  /** after n steps of Euler's method with time step dt, exact */
  afterEuler(n: number, dt: number): KnownFluctuation;
}

/**
 * One quadratic neuron type in d = 1: φ = c (a x)² with c = 1 and b = 0 fixed, target A* x², a ~ N(0, v).
 *
 * f = A x² with A = mean a², and with κ = Σ ν x⁴ and the penalty λ a²/2
 *
 *   a′ = −2κ (A − Ā) a,  Ā = A* − λ/(2κ);   A′ = −4κ (A − Ā) A at every width;   Euler: A⁺ = A (1 − 2 κ dt (A − Ā))²
 *
 * so that fluctuations of A_0 alone, of variance 2v²/m, move f:
 *
 *   C_t = κ 2v² (∂A_t/∂A_0)²,   flow: ∂A_t/∂A_0 = (A_t/v)² e^{−4κĀt},   MC_t = κ 2A_t².
 *
 * Inputs N(0, 1) have κ = 3, hence C_t = 6 v² (A_t/v)⁴ e^{−24Āt}. A finite sample has the same law with its own κ.
 *
 * @param options.variance v > 0
 * @param options.target A*
 * @param options.strength λ of weight decay on a; default 0
 * @param options.fourth κ = Σ ν x⁴ with Σν = 1; default 3
 * @returns `output` is A
 */
export function quadraticClt(options: {
  variance: number;
  target: number;
  strength?: number;
  fourth?: number;
}): KnownClt {
  const { variance: v, target, strength = 0, fourth: kappa = 3 } = options;
  const limit = target - strength / (2 * kappa);
  const rate = 4 * kappa * limit;
  const record = (output: number, sensitivity: number): KnownFluctuation => ({
    output,
    constant: 2 * kappa * (v * sensitivity) ** 2,
    monteCarlo: 2 * kappa * output ** 2,
  });
  return {
    at: (t) => {
      // ∫_0^t e^{rate u} du, also where the rate vanishes.
      const grown = rate === 0 ? t : Math.expm1(rate * t) / rate;
      const output = (v * Math.exp(rate * t)) / (1 + 4 * kappa * v * grown);
      return record(output, (output / v) ** 2 * Math.exp(-rate * t));
    },
    afterEuler: (n, dt) => {
      let [output, sensitivity] = [v, 1];
      for (let k = 0; k < n; k++) {
        const factor = 1 - 2 * kappa * dt * (output - limit);
        sensitivity *= factor * (factor - 4 * kappa * dt * output);
        output *= factor * factor;
      }
      return record(output, sensitivity);
    },
  };
}

/**
 * One sample (x, y) of loss weight ν where c alone trains: features S = σ(z) stay, c is centred and independent of S.
 *
 * f^m = y (1 − q^n) + q^n f_0^m with q = 1 − ν dt K^m and K^m = mean S², so two independent fluctuations meet,
 *
 *   C_n = q^{2n} Var(c) E S² + (n ν dt y q^{n−1})² Var(S²),   flow: e^{−2νKt} (Var(c) E S² + (ν t y)² Var(S²)),
 *
 * K = E S²; MC = Var(c) E S² + f² Var(S²)/K². C rises before it falls where y is large.
 *
 * @param options.variance Var(c)
 * @param options.square K = E S² > 0
 * @param options.fourth E S⁴
 * @param options.target y
 * @param options.weight ν; default 1
 * @returns `output` is f
 */
export function frozenFeatureClt(options: {
  variance: number;
  square: number;
  fourth: number;
  target: number;
  weight?: number;
}): KnownClt {
  const { variance, square, fourth, target: y, weight: nu = 1 } = options;
  const spread = fourth - square * square;
  /** From what is left of the start and the derivative of it, −dq^n/dK. */
  const record = (left: number, slope: number): KnownFluctuation => {
    const output = y * (1 - left);
    return {
      output,
      constant: left ** 2 * variance * square + (y * slope) ** 2 * spread,
      monteCarlo: variance * square + (output / square) ** 2 * spread,
    };
  };
  return {
    at: (t) => {
      const left = Math.exp(-nu * square * t);
      return record(left, nu * t * left);
    },
    afterEuler: (n, dt) => {
      const q = 1 - nu * dt * square;
      return record(q ** n, n === 0 ? 0 : n * nu * dt * q ** (n - 1));
    },
  };
}
