// Replicas on the processor, by the float64 reference: the CLT view where there is no WebGPU.
import type { CreateBatch } from '../../experiments/batches.ts';
import type { Device } from '../../gpu/device.ts';
import { moments } from '../../observables/moments.ts';
import { particlesOf } from '../../reference/cloud.ts';
import { createReference } from '../../reference/simulation.ts';

/** What stands for a device: an experiment asks it for the limits of its buffers, and memory has none here. */
export const PROCESSOR = {
  gpu: { limits: { maxStorageBufferBindingSize: Infinity, maxBufferSize: Infinity } },
} as unknown as Device;

/** Makes batches that compute here, and let the page breathe after every step. */
export const createOnProcessor: CreateBatch = (_device, config, options) => {
  const { data, replicas, firstReplica } = options;
  const reference = createReference(config, data, { replicas, firstReplica });
  const { kind } = config.flow.penalty;
  const values = () => {
    const seen = reference.observe(['prediction', 'testPrediction', 'loss']);
    return {
      prediction: Float32Array.from(seen.prediction),
      testPrediction: Float32Array.from(seen.testPrediction),
      loss: seen.loss,
      moments: moments(particlesOf(reference.read().particles), kind),
    };
  };
  return Promise.resolve({
    kernels: { forward: 'reference' },
    advance: async function* advance(last, _names, due) {
      for (let step = 0; step <= last; step++) {
        if (step > 0) reference.step(1);
        await new Promise((resolve) => setTimeout(resolve));
        yield { step, records: due.includes(step) ? [{ step, values: values() }] : [] };
      }
    },
    destroy: () => undefined,
  });
};
