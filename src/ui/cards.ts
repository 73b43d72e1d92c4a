// The cards below the cloud in one file, which packs better than five: loaded when the run can be played.
export { createCltView } from './views/clt.ts';
export { createConvergenceView } from './views/convergence.ts';
export { createFunctionView } from './views/function.ts';
export { createSpeedView } from './views/speed.ts';
