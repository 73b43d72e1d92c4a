// The rows of this project, driven as a user drives it: the dense kernels, and the sorted ones where d = 1.
import { createSimulation, openDevice } from '../../dist/index.js';
import { readArguments, report } from './common.js';
import { configOf } from './problem.js';

const { problem, seconds } = readArguments();
const { m, s, d } = problem;
const device = await openDevice();
const weight = new Float32Array(m).fill(1);
const particles = { dimension: d, width: m, replicas: 1, ...problem.particles, weight };

for (const kernel of d === 1 ? ['dense', 'sorted'] : ['dense']) {
  const simulate = (dt) =>
    createSimulation(device, configOf({ m, s, d }, dt), { particles, kernel });
  const running = await simulate(problem.dt);
  const one = async () => {
    const simulation = await simulate(problem.checkDt);
    await simulation.step(1);
    const state = await simulation.read();
    simulation.destroy();
    return state.particles;
  };
  const many = (n) => running.step(n);
  // A peer of its own: it does the same step with less work, so it must not stand for the dense kernels.
  const peer = kernel === 'dense' ? 'meanfield' : 'sorted meanfield';
  const row = { peer, backend: `webgpu ${kernel}`, note: device.adapterName };
  await report(row, problem, { one, many }, seconds);
  running.destroy();
}
process.exit(0);
