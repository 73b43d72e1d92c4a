// A batch of replicas for the experiments, from a function that draws what it shows; one step is one submit.
import type { BatchRecord, ReplicaBatch } from '../../src/experiments/batches.ts';

/** The `advance` of a batch that shows `observe(step)`. */
export function advanceOf(observe: (step: number) => BatchRecord): ReplicaBatch['advance'] {
  return async function* advance(last, _names, due) {
    for (let step = 0; step <= last; step++) {
      const records = due.includes(step) ? [{ step, values: observe(step) }] : [];
      // As from a device, the events come later.
      await Promise.resolve();
      yield { step, records };
    }
  };
}
