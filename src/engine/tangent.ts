// The tangent of a simulation: nodes of the initial law that move by the flow, and noise columns that the
// linearised flow carries along. Its mean square is the predicted constant of the 1/√m law, without replicas.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import { createBuffers, createReadBack, guardMemory, type ReadBack } from '../gpu/buffer.ts';
import type { Device } from '../gpu/device.ts';
import { createPass, encodePasses, submitPasses, type Pass } from '../gpu/pass.ts';
import { createPacer, type Pacer } from '../gpu/timing.ts';
import { activationOf } from '../problem/activation.ts';
import type { Problem, Samples } from '../problem/problem.ts';
import {
  tangentForwardShader,
  tangentSumShader,
  tangentUpdateShader,
  type TangentVariant,
} from '../shaders/tangent.wgsl.ts';
import { forwardShader } from '../shaders/forward.wgsl.ts';
import type { Particles } from '../state.ts';
import { assemble, type Parts } from './assembly.ts';
import { paramsUniform, variantOf, type Context } from './context.ts';
import { SizeError } from './errors.ts';
import { checkTangent } from './tangent-check.ts';
import type { Evaluation } from './observe.ts';
import { packWeight } from './initialise.ts';
import { cover, limitsOf, planRun } from './plan.ts';
import { quenchStep, weightsMove } from './birth-death.ts';
import { NEVER, particleError } from './snapshot.ts';
import { SUBMIT_MS } from './tuning.ts';

/** What {@link createTangent} needs. */
export interface TangentOptions {
  readonly data: Problem;
  /** nodes of the initial law, equal weights, one replica */
  readonly nodes: Particles;
  /** noise columns ξ, [M][Q], Q a multiple of 4 */
  readonly noise: Float32Array;
}

/** What a tangent shows of one set of samples. */
export interface TangentObservation {
  /** ‖g_q‖² with Σν = 1, per noise column, [Q] */
  readonly squares: Float64Array;
  /** the variance constant of m fresh samples of the present cloud, Σ ν (mean φ² − f²) with Σν = 1 */
  readonly monteCarlo: number;
}

/** A running tangent. */
export interface Tangent {
  readonly stepsDone: number;
  step(n: number): Promise<void>;
  /** Reads the training samples, or the test samples where the problem has them. */
  observe(set?: 'train' | 'test'): Promise<TangentObservation>;
  /** g at the training samples, [s][Q] */
  read(): Promise<Float32Array>;
  destroy(): void;
}

/**
 * Creates the tangent of the Euler map at the nodes given; the linearised fluctuation of Chen, Rotskoff,
 * Bruna and Vanden-Eijnden (NeurIPS 2020), matrix-free. For relu it is the
 * almost-everywhere tangent (σ″ = 0).
 *
 * @throws ConfigError where the tangent is not defined: Heun, gradient time, minibatches, scale ≠ 1
 * @throws SizeError for d > 16 or more columns than fit the adapter
 */
export async function createTangent(
  device: Device,
  config: Config,
  options: TangentOptions,
): Promise<Tangent> {
  const { data, nodes, noise } = options;
  const columns = noise.length / nodes.width;
  if (columns % 4 !== 0) throw new Error(`tangent: ${columns} columns are no multiple of 4`);
  checkTangent(config, data.train.dimension);
  const width = nodes.width;
  const own: Config = { ...config, network: { ...config.network, width } };
  const plan = planRun(own, data.train.dimension, 1, limitsOf(device));
  const bytes = 4 * plan.k * plan.m * columns;
  if (bytes > plan.limits.bufferBytes) {
    throw new SizeError(
      `prediction: ${plan.m} nodes × ${columns} columns need ${bytes} bytes in one buffer; ` +
        `allowed: at most ${plan.limits.bufferBytes} on ${plan.limits.adapterName}`,
    );
  }
  const buffers = createBuffers(device);
  const context: Context = {
    device,
    config: own,
    plan,
    buffers,
    variant: variantOf(own, plan.d, weightsMove(own.flow.birthDeath)),
    params: paramsUniform(own, plan, buffers, 0),
    weight: buffers.upload('weight', packWeight(nodes.weight, plan)),
  };
  try {
    const parts = await assemble(context, data, nodes);
    const tangent = await guardMemory(
      device,
      `${plan.m} nodes × ${columns} columns`,
      () => new DeviceTangent(context, data, parts, noise),
    );
    await tangent.prepare();
    return tangent;
  } catch (error) {
    buffers.destroy();
    throw error;
  }
}

class DeviceTangent implements Tangent {
  stepsDone = 0;
  private readonly readBack: ReadBack;
  private readonly pacer: Pacer;
  private readonly columns: number;
  private readonly noise: GPUBuffer;
  private readonly tangent: GPUBuffer;
  private passes: Pass[] = [];
  private readonly views = new Map<Evaluation, TangentView>();

  constructor(
    private readonly context: Context,
    private readonly problem: Problem,
    private readonly parts: Parts,
    noise: Float32Array,
  ) {
    const { device, plan, buffers } = context;
    this.readBack = createReadBack(device);
    this.pacer = createPacer(device, SUBMIT_MS.batch);
    this.columns = noise.length / plan.m;
    this.noise = buffers.upload('noise', noise);
    this.tangent = buffers.storage('tangent', 4 * plan.k * noise.length);
  }

  /** Compiles the passes of one step. */
  async prepare(): Promise<void> {
    const { context, parts, columns } = this;
    const { device, plan, params } = context;
    const { weighted } = context.variant;
    const { birthDeath } = context.config.flow;
    const { passes: carry, g } = await this.viewOf(parts.train);
    const { groups, workgroup } = cover((plan.m * columns) / 4);
    const move = await createPass(device, {
      name: 'tangent_update',
      code: tangentUpdateShader(this.variant()),
      buffers: {
        ...parts.train.set.buffers,
        params,
        particle: parts.cloud.particle,
        g,
        tangent: this.tangent,
        ...(weighted && {
          noise: this.noise,
          clock: parts.cloud.clock,
        }),
      },
      grid: { x: groups },
      overrides: {
        WORKGROUP: workgroup,
        COLUMNS4: columns / 4,
        ...(weighted && { RATE: birthDeath.rate, QUENCH_STEP: quenchStep(birthDeath, plan) }),
      },
    });
    // The particles move last: tangents see them where they are.
    const at = parts.step.findIndex((pass) => pass.name === 'update');
    this.passes = [...parts.step.slice(0, at), ...carry, move, ...parts.step.slice(at)];
  }

  async step(n: number): Promise<void> {
    await this.pacer.run(n, (encoder) => encodePasses(encoder, this.passes));
    this.stepsDone += n;
    const { plan, config } = this.context;
    const [clock] = await this.readBack.read([{ buffer: this.parts.cloud.clock, bytes: 12 }]);
    const [, badStep, badParticle] = new Uint32Array(clock);
    if (badStep === NEVER) return;
    throw particleError(plan, badStep + 1, badParticle, config.flow);
  }

  async observe(which: 'train' | 'test' = 'train'): Promise<TangentObservation> {
    const evaluation = which === 'train' ? this.parts.train : this.parts.test;
    const samples = which === 'train' ? this.problem.train : this.problem.test;
    if (evaluation === null || samples === null) {
      throw new ConfigError('prediction at test samples: the problem has none');
    }
    const view = await this.viewOf(evaluation);
    submitPasses(this.context.device, [...evaluation.passes, ...view.passes, view.squares]);
    const { s4, splits } = evaluation.set.plan;
    const [g, squares, f] = await this.readBack.read([
      { buffer: view.g, bytes: 16 * s4 * this.columns },
      { buffer: view.squarePartial, bytes: 16 * s4 * splits },
      { buffer: evaluation.set.buffers['prediction'], bytes: 16 * s4 },
    ]);
    return {
      squares: columnSquares(new Float32Array(g), samples, this.columns),
      monteCarlo: freshVariance(
        new Float32Array(squares),
        new Float32Array(f),
        samples,
        this.context.plan.m,
      ),
    };
  }

  async read(): Promise<Float32Array> {
    const { train } = this.parts;
    const view = await this.viewOf(train);
    submitPasses(this.context.device, [...train.passes, ...view.passes]);
    const [g] = await this.readBack.read([
      { buffer: view.g, bytes: 16 * train.set.plan.s4 * this.columns },
    ]);
    return new Float32Array(g).slice(0, this.problem.train.count * this.columns);
  }

  destroy(): void {
    this.readBack.destroy();
    this.context.buffers.destroy();
  }

  private variant(): TangentVariant {
    const { config, plan } = this.context;
    const { kind, strength } = config.flow.penalty;
    return {
      dimension: plan.d,
      activation: activationOf(config.network.activation).wgsl,
      penalty: strength === 0 ? 'none' : kind,
      weighted: this.context.variant.weighted,
    };
  }

  /** The passes that compute g, and the squares of φ, at a set of samples. */
  private async viewOf(evaluation: Evaluation): Promise<TangentView> {
    const known = this.views.get(evaluation);
    if (known !== undefined) return known;
    const { device, plan, buffers, params, variant, weight } = this.context;
    const { s4, splits, workgroup: sampleGroup } = evaluation.set.plan;
    const columns4 = this.columns / 4;
    const all = {
      ...evaluation.set.buffers,
      params,
      particle: this.parts.cloud.particle,
      weight,
      noise: this.noise,
      tangent: this.tangent,
      g_partial: buffers.storage('g_partial', 16 * splits * s4 * this.columns),
      g: buffers.storage('g', 16 * s4 * this.columns),
    };
    const across = cover(columns4);
    const sum = cover(s4 * this.columns);
    const forward = await createPass(device, {
      name: 'tangent_forward',
      code: tangentForwardShader(this.variant()),
      buffers: all,
      grid: { x: across.groups, y: s4, z: splits },
      overrides: { WORKGROUP: across.workgroup, COLUMNS4: columns4, INVERSE_M: 1 / plan.m },
    });
    const add = await createPass(device, {
      name: 'tangent_sum',
      code: tangentSumShader(),
      buffers: all,
      grid: { x: sum.groups },
      overrides: { WORKGROUP: sum.workgroup, COLUMNS4: columns4 },
    });
    const squarePartial = buffers.storage('square_partial', 16 * splits * s4);
    const squares = await createPass(device, {
      name: 'forward',
      code: forwardShader({ ...variant, squared: true }),
      buffers: { ...all, partial: squarePartial },
      grid: { x: Math.ceil(s4 / sampleGroup), y: splits },
      overrides: { WORKGROUP: sampleGroup },
    });
    const view = { passes: [forward, add], g: all.g, squares, squarePartial };
    this.views.set(evaluation, view);
    return view;
  }
}

interface TangentView {
  readonly passes: readonly Pass[];
  readonly g: GPUBuffer;
  readonly squares: Pass;
  readonly squarePartial: GPUBuffer;
}

/** ‖g_q‖² per column, Σν = 1, from g [4·s4][Q]. */
function columnSquares(g: Float32Array, samples: Samples, columns: number): Float64Array {
  const squares = new Float64Array(columns);
  const total = samples.weight.reduce((sum, weight) => sum + weight, 0);
  for (let j = 0; j < samples.count; j++) {
    const share = samples.weight[j] / total;
    for (let q = 0; q < columns; q++) squares[q] += share * g[j * columns + q] ** 2;
  }
  return squares;
}

/** Σ ν (mean φ² − f²) from the partial sums of ω φ², [splits][4·s4]. */
function freshVariance(
  partial: Float32Array,
  f: Float32Array,
  samples: Samples,
  m: number,
): number {
  const stride = f.length;
  const total = samples.weight.reduce((sum, weight) => sum + weight, 0);
  let variance = 0;
  for (let j = 0; j < samples.count; j++) {
    let sum = 0;
    for (let at = j; at < partial.length; at += stride) sum += partial[at];
    variance += (samples.weight[j] / total) * (sum / m - f[j] ** 2);
  }
  return variance;
}
