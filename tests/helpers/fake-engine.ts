// A fake engine for the fluctuation experiment, which draws predictions of known variance, and its problem.
import type { CreateBatch } from '../../src/experiments/batches.ts';
import { SizeError } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Problem } from '../../src/problem/problem.ts';
import { keyOf, normalOf, philox } from '../../src/random.ts';
import { advanceOf } from './batch.ts';

const KEY = keyOf(9);
const S = 3;
/** Three points on a line. */
export const PROBLEM: Problem = {
  title: 'three points',
  train: {
    count: S,
    dimension: 1,
    x: Float32Array.of(-1, 0.5, 2),
    y: new Float32Array(S),
    weight: Float32Array.of(1, 1, 2),
  },
  test: null,
};

/** A batch that was made. */
export interface Batch {
  width: number;
  replicas: number;
  firstReplica: number;
  destroyed: boolean;
}

/** A fake engine: f_r = √(C/m) e^{−step/10} ξ_r; no more than `most` replicas fit. */
export function fakeEngine(C: number, most = Infinity): { create: CreateBatch; batches: Batch[] } {
  const batches: Batch[] = [];
  const create: CreateBatch = (_, config, { data, replicas, firstReplica }) => {
    const tested = data.test?.count ?? 0;
    if (replicas > most) return Promise.reject(new SizeError(`${replicas} replicas do not fit`));
    const { width } = config.network;
    const batch = { width, replicas, firstReplica, destroyed: false };
    batches.push(batch);
    return Promise.resolve({
      kernels: { forward: `dense-${width}` },
      advance: advanceOf((step) => ({
        prediction: Float32Array.from({ length: replicas * S }, (_, at) => {
          const word = philox([at % S, 0, 0, firstReplica + Math.floor(at / S)], KEY)[0];
          return Math.sqrt(C / width) * Math.exp(-step / 10) * normalOf(word);
        }),
        // Test samples fluctuate twice as much, and their fluctuation does not die out.
        testPrediction: Float32Array.from({ length: tested * replicas }, (_, at) => {
          const word = philox([at % 2, 1, 0, firstReplica + Math.floor(at / 2)], KEY)[0];
          return Math.sqrt((4 * C) / width) * normalOf(word);
        }),
        loss: Float64Array.from({ length: replicas }, (_, r) => firstReplica + r + step),
        moments: Array.from({ length: replicas }, (_, r) => ({
          totalVariation: firstReplica + r + step,
          squaredNorm: (firstReplica + r + step) ** 2,
        })),
      })),
      destroy: () => {
        batch.destroyed = true;
      },
    });
  };
  return { create, batches };
}

/** A device that is asked for its limits alone. */
export const DEVICE = {
  gpu: { limits: { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 } },
} as unknown as Device;
