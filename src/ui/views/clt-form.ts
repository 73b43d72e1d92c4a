// The settings of the CLT view: widths, replicas and recording times, as section `clt` of the configuration.
import { parseConfig } from '../../config-check.ts';
import type { Config, ConfigInput } from '../../config.ts';
import type { App } from '../app.ts';
import { element } from '../dom.ts';

type Clt = NonNullable<ConfigInput['clt']>;

/** What the page measures where the configuration says nothing: seconds on a GPU, half a minute on a processor. */
const COMPACT = {
  widths: [128, 256, 512, 1024],
  replicas: 32,
  times: { spacing: 'log', count: 8 },
} as const;
/** The reference on the processor takes a thousandth of a GPU's. */
const TINY = { ...COMPACT, widths: [16, 32, 64], replicas: 16 } as const;
/** Nodes of a prediction that a software adapter makes in a minute or two. */
const COARSE = { nodes: 512, columns: 32, rules: 4 } as const;

/** The fields. */
export interface CltForm {
  readonly root: HTMLElement;
  /** replicas in the field, a whole number ≥ 1; else null */
  readonly replicas: number | null;
  /**
   * The configuration with what the fields say.
   *
   * @throws ConfigError
   */
  read(): { readonly input: ConfigInput; readonly config: Config };
  /** Fills the fields from the page's configuration. */
  fill(): void;
}

export function createCltForm(app: App, changed: () => void): CltForm {
  const field = (label: string, attributes: Record<string, string | number>) => {
    const input = element('input', { ...attributes, input: changed });
    return { input, row: element('label', {}, element('span', { text: label }), input) };
  };
  const widths = field('Widths m', { type: 'text', inputmode: 'numeric', size: 20 });
  const replicas = field('Replicas', { type: 'number', min: 5, step: 1, size: 6 });
  const times = field('Recorded times', { type: 'number', min: 2, step: 1, size: 4 });
  /** what the fields were filled from */
  let clt: Clt = {};
  const fill = (): void => {
    const { device } = app.session.engine;
    const base = device === null ? TINY : COMPACT;
    const coarse = device?.software === true ? { prediction: COARSE } : {};
    clt = { ...base, ...coarse, ...app.input.clt } as Clt;
    widths.input.value = (clt.widths ?? []).join(', ');
    replicas.input.value = [clt.replicas].flat().join(', ');
    const { times: when } = clt;
    times.input.value = String(Array.isArray(when) ? when.length : when?.count);
  };
  const read: CltForm['read'] = () => {
    const list = widths.input.value.split(/[\s,;]+/).filter((word) => word !== '');
    const count = Number(times.input.value);
    const { times: when } = clt;
    // A list of times stays as it is until another number of them is asked for.
    const known = Array.isArray(when) ? when.length : when?.count;
    const spacing = Array.isArray(when) ? 'log' : (when?.spacing ?? 'log');
    const asked = Number(replicas.input.value);
    const next: Clt = {
      ...clt,
      widths: list.map(Number),
      replicas: replicas.input.value === '' ? (clt.replicas ?? asked) : asked,
      ...(count !== known && { times: { spacing, count } }),
    };
    const input = { ...app.input, clt: next };
    return { input, config: parseConfig(input, 'page') };
  };
  return {
    root: element('div', { class: 'clt-form' }, widths.row, replicas.row, times.row),
    get replicas() {
      const count = Number(replicas.input.value);
      return Number.isInteger(count) && count >= 1 ? count : null;
    },
    read,
    fill,
  };
}
