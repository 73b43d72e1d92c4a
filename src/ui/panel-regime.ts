// The short list on top of the panel: what decides the regime of a run, each with the values that one wants to try.
import type { Config } from '../config.ts';
import { largestWidth, limitsOf } from '../engine/plan.ts';
import type { Engine } from './engine.ts';
import { controlsIn, type Control, type Field, type Path } from './panel-fields.ts';

/** A control under a name of its own. */
export interface RegimeControl {
  readonly label: string;
  readonly control: Control;
  /** texts to choose from, by their labels, in place of a free text */
  readonly options?: Readonly<Record<string, string>>;
}

/** Scales p worth trying. No label may look like a whole number: those would come first. */
const SCALES = {
  '1 mean field': '1',
  '0.75': '0.75',
  '0.5 kernel': '0.5',
  '0.25': '0.25',
  '0 no scale': '0',
};
/** δ worth trying; without one the particles are independent. */
const DELTAS = {
  'no δ: random': '',
  '−∞: c alone': '-infinity',
  '−100: kernel': '-100',
  '−10': '-10',
  '−1': '-1',
  '0: adaptive': '0',
  '+1': '1',
  '+10': '10',
  '∞: a, b alone': 'infinity',
};
const LEAST_WIDTH = 16;
/** The widest network that the engine without WebGPU computes is a number of that engine; it refuses more. */
const MOST_WIDTH_ON_PROCESSOR = 2 ** 14;

/** The list for a configuration. @param fields all fields, see `fieldsOf` */
export function regimeOf(
  config: Config,
  fields: readonly Field[],
  { engine, dimension }: { engine: Engine; dimension: number },
): RegimeControl[] {
  const controls = controlsIn(fields);
  const at = (label: string, path: string, options?: Record<string, string>): RegimeControl[] =>
    controls
      .filter((control) => control.path.join('.') === path)
      .map((control) => ({ label, control, ...(options && { options }) }));
  return [
    ...at('data', 'problem.kind'),
    ...at('function', 'problem.name'),
    ...at('activation', 'network.activation'),
    ...at('width m', 'network.width', widthsUpTo(mostWidth(engine, dimension))),
    ...at('scale p', 'network.scale', SCALES),
    ...(dimension === 1 ? [deltaControl(config, controls)] : []),
    ...at('penalty', 'flow.penalty.kind'),
    ...(config.flow.penalty.kind === 'none' ? [] : at('penalty λ', 'flow.penalty.strength')),
    ...at('birth–death κ', 'flow.birthDeath.rate'),
    ...(config.flow.stableStep > 0
      ? at('step · λ_max', 'flow.stableStep')
      : at('time step dt', 'flow.dt')),
    ...at('integrator', 'flow.integrator'),
    ...at('seed', 'seed'),
  ];
}

/** δ can be chosen for any start: choosing one makes the start canonical. */
function deltaControl({ init }: Config, controls: readonly Control[]): RegimeControl {
  const path: Path = ['init', 'delta'];
  const text =
    init.kind === 'canonical'
      ? (controls.find((control) => control.path.join('.') === 'init.delta')?.text ?? '')
      : 'common value of c² − a² − b² at the start; a choice makes the start canonical';
  const control: Control = { path, text, kind: 'text', reads: 'number', empty: 'absent' };
  return { label: 'δ at the start', control, options: DELTAS };
}

function mostWidth({ device }: Engine, dimension: number): number {
  return device === null ? MOST_WIDTH_ON_PROCESSOR : largestWidth(limitsOf(device), dimension, 1);
}

/** Powers of two that fit. */
function widthsUpTo(most: number): Record<string, string> {
  const options: Record<string, string> = {};
  for (let width = LEAST_WIDTH, power = 4; width <= most; width *= 2, power++) {
    options[power < 14 ? String(width) : `2^${power} = ${width}`] = String(width);
  }
  return options;
}
