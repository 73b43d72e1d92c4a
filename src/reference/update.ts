// Update: moves every particle by one time step.
//
//   euler   w⁺ = w + dt v(w)
//   heun    w⁺ = w + dt/2 (v(w) + v(ŵ)),   ŵ = w + dt v(w)
//
// dt is `flow.dt` in function-space time, and dt = η m/α² with η = `flow.dt` in gradient-descent time.
// Shapes: w and v as a [R][m][d], b, c [R][m]. Weights ω stay.
import type { Config } from '../config.ts';
import type { Cloud } from './cloud.ts';
import { alphaOf } from './forward.ts';

/**
 * The particles after one step.
 *
 * @param config reads `flow.dt`, `flow.time`, `flow.integrator` and `network.scale`
 * @param cloud the particles before the step; left as it is
 * @param velocityAt the velocity field of this step, at any cloud
 */
export function update(config: Config, cloud: Cloud, velocityAt: (cloud: Cloud) => Cloud): Cloud {
  const dt = timeStep(config, cloud.width);
  const first = velocityAt(cloud);
  const euler = moved(cloud, first, dt);
  if (config.flow.integrator === 'euler') return euler;
  const second = velocityAt(euler);
  return moved(moved(cloud, first, dt / 2), second, dt / 2);
}

/** Time step in function-space units. */
export function timeStep(config: Config, width: number): number {
  const { dt, time } = config.flow;
  return time === 'function' ? dt : (dt * width) / alphaOf(config, width) ** 2;
}

/** w + dt v. */
function moved(cloud: Cloud, v: Cloud, dt: number): Cloud {
  return {
    ...cloud,
    a: cloud.a.map((value, k) => value + dt * v.a[k]),
    b: cloud.b.map((value, k) => value + dt * v.b[k]),
    c: cloud.c.map((value, k) => value + dt * v.c[k]),
  };
}
