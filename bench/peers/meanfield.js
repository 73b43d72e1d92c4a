// The row of this project: the dense kernels, driven as a user drives them.
import { createSimulation, openDevice } from '../../dist/index.js';
import { readArguments, report } from './common.js';
import { configOf } from './problem.js';

const { problem, seconds } = readArguments();
const { m, s, d } = problem;
const device = await openDevice();
const weight = new Float32Array(m).fill(1);
const particles = { dimension: d, width: m, replicas: 1, ...problem.particles, weight };
const simulate = (dt) => createSimulation(device, configOf({ m, s, d }, dt), { particles });

const running = await simulate(problem.dt);
const row = { peer: 'meanfield', backend: 'webgpu dense', note: device.adapterName };
await report(
  row,
  problem,
  {
    one: async () => {
      const simulation = await simulate(problem.checkDt);
      await simulation.step(1);
      const state = await simulation.read();
      simulation.destroy();
      return state.particles;
    },
    many: (n) => running.step(n),
  },
  seconds,
);
process.exit(0);
