// The panel: a short list for the regime, then every key of the configuration, drawn from the fields of the schema.
// It holds no state of its own: what it shows is the configuration of the page, and a change is asked of the page.
import GUI, { type Controller } from 'lil-gui';
import { ConfigError, parseConfig, showValue } from '../config-check.ts';
import type { Config, ConfigInput } from '../config.ts';
import type { App } from './app.ts';
import { element } from './dom.ts';
import type { Opener } from './opening.ts';
import { edited, readShown, shownOf } from './panel-edits.ts';
import { fieldsOf, valueAt, type Control, type Field } from './panel-fields.ts';
import { regimeOf, type RegimeControl } from './panel-regime.ts';

/** Changes that come faster than this are made together. */
const WAIT_MS = 150;
/** Longer texts are not edited by hand. */
const MOST_TEXT = 2000;
/** The panel begins closed on windows narrower than this. */
const NARROW = '(max-width: 600px)';
const AUTO = 'as many as fit';

/** One control as it is drawn. */
interface Drawn {
  /** the same across rebuilds */
  readonly key: string;
  readonly control: Control;
  readonly holder: { value: string | boolean };
  readonly controller: Controller;
}

/** Puts the panel into `host` and keeps it as the configuration is. */
export function addPanel(app: App, opener: Opener, host: HTMLElement): void {
  const gui = new GUI({ container: host, injectStyles: false, title: 'Controls' });
  gui.$children.append(
    element('p', {
      class: 'panel-note',
      text: 'The time step changes at once; any other change restarts the run.',
    }),
  );
  if (matchMedia(NARROW).matches) gui.close();
  const pending: [Control, string | boolean][] = [];
  let timer = 0;
  const panel = createDrawing(app, gui, (control, shown) => {
    pending.push([control, shown]);
    clearTimeout(timer);
    timer = window.setTimeout(
      () => void commit(app, opener, pending.splice(0)).then(panel.sync),
      WAIT_MS,
    );
  });
  panel.sync();
  app.onChange(panel.sync);
}

/** Makes changes: the time step in the run under way, everything else by a new run. */
async function commit(
  app: App,
  opener: Opener,
  changes: readonly [Control, string | boolean][],
): Promise<void> {
  const { session } = app;
  const samples = session.run?.problem.train;
  const next = changes.reduce<ConfigInput>((config, [control, shown]) => {
    const value = readShown(control, shown, config as Config);
    return edited(config as Config, control.path, value, samples);
  }, app.config);
  const names = [...new Set(changes.map(([{ path }]) => path.join('.')))];
  const dt = liveTimeStep(app, names, next);
  if (dt !== null) {
    await app.setTimeStep(dt);
    if (session.status !== 'running') {
      app.say(`Time step ${dt} from step ${session.stepsDone} on; a reset begins with it`);
    }
    return;
  }
  if (!(await opener.open(next)) || session.status === 'running') return;
  const told = names.map((name) => `${name} = ${showValue(valueAt(app.config, name.split('.')))}`);
  app.say(`Restarted with ${told.join(', ')}; paused at step 0`);
}

/** The new time step where it alone changed, is right, and can be changed in the run under way; else null. */
function liveTimeStep(
  { session }: App,
  names: readonly string[],
  next: ConfigInput,
): number | null {
  if (names.join() !== 'flow.dt' || !session.run?.simulation || session.status === 'failed')
    return null;
  try {
    const { dt, stableStep } = parseConfig(next).flow;
    return stableStep > 0 ? null : dt;
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

/** What belongs to the page and not to the configuration. */
function addPageControls({ session, ticker }: App, folder: GUI): void {
  const steps = { value: session.pace.fixed ?? 0 };
  const powers = Array.from({ length: 11 }, (_, n) => 2 ** n);
  const options = { [AUTO]: 0, ...Object.fromEntries(powers.map((n) => [`${n} `, n])) };
  explain(
    folder
      .add(steps, 'value', options)
      .name('steps per frame')
      .onChange((n: number) => {
        session.pace.fixed = n === 0 ? null : n;
      }),
    'how many time steps are computed between two pictures; it changes no number',
  );
  explain(
    folder.add(ticker, 'inBackground').name('run in background'),
    'go on while the tab is hidden',
  );
}

/** Draws fields and keeps them up to date. */
function createDrawing(
  app: App,
  gui: GUI,
  change: (control: Control, shown: string | boolean) => void,
): { sync: () => void } {
  let drawn: Drawn[] = [];
  let folders: GUI[] = [];
  let signature = '';
  const open = new Map<string, boolean>([['regime', true]]);
  const draw = (folder: GUI, place: string, { label, control, options }: RegimeControl): void => {
    const key = `${place} ${control.path.join('.')} ${control.kind === 'member' ? control.member : ''}`;
    const holder = { value: shownOf(control, app.config) };
    const controller = drawControl(folder, control, holder, options).name(label);
    controller.onFinishChange((shown: string | boolean) => change(control, shown));
    explain(controller, control.text);
    drawn.push({ key, control, holder, controller });
  };
  const drawField = (parent: GUI, field: Field): void => {
    const label = field.path.at(-1) ?? '';
    if (field.kind !== 'group') {
      const name =
        field.kind === 'member' ? field.member : field.kind === 'presence' ? 'on' : label;
      draw(parent, 'all', { label: name, control: field });
      return;
    }
    const folder = addFolder(parent, label, field.path.join('.'));
    if (field.text !== '') folder.$title.title = field.text;
    for (const child of field.fields) drawField(folder, child);
  };
  const addFolder = (parent: GUI, title: string, name: string): GUI => {
    const folder = parent.addFolder(title);
    if (open.get(name) !== true) folder.close();
    folder.onOpenClose((changed) => {
      if (changed === folder) open.set(name, !folder._closed);
    });
    if (parent === gui) folders.push(folder);
    return folder;
  };
  const rebuild = (regime: readonly RegimeControl[], fields: readonly Field[]): void => {
    const focused = drawn.find(({ controller }) =>
      controller.domElement.contains(document.activeElement),
    )?.key;
    for (const folder of folders) folder.destroy();
    drawn = [];
    folders = [];
    const top = addFolder(gui, 'regime', 'regime');
    for (const one of regime) draw(top, 'regime', one);
    addPageControls(app, addFolder(gui, 'page', 'page'));
    for (const field of fields) {
      if (field.kind === 'group') drawField(gui, field);
    }
    const again = drawn.find(({ key }) => key === focused);
    again?.controller.domElement.querySelector<HTMLElement>('input, select')?.focus();
  };
  const sync = (): void => {
    const { config, session } = app;
    const fields = fieldsOf(config);
    const dimension = session.run?.dimension ?? 1;
    const regime = regimeOf(config, fields, { engine: session.engine, dimension });
    // A value that is not among those offered is offered too.
    const values = regime.map(({ control, options }) => options && shownOf(control, config));
    const now = JSON.stringify([fields, regime, values]);
    if (now !== signature) rebuild(regime, fields);
    signature = now;
    for (const { control, holder, controller } of drawn) {
      holder.value = shownOf(control, config);
      // What is being typed is not taken away.
      const typing =
        control.kind === 'text' && controller.domElement.contains(document.activeElement);
      if (!typing) controller.updateDisplay();
    }
  };
  return { sync };
}

function drawControl(
  folder: GUI,
  control: Control,
  holder: Drawn['holder'],
  options?: Readonly<Record<string, string>>,
): Controller {
  const { value } = holder;
  if (options !== undefined && typeof value === 'string') {
    const known = Object.values(options).includes(value);
    return folder.add(holder, 'value', known ? options : { [value]: value, ...options });
  }
  if (control.kind === 'choice') {
    // A file is chosen by dropping it.
    const offered = control.options.filter((name) => name !== 'file' || value === 'file');
    return folder.add(holder, 'value', offered);
  }
  const tooLong = typeof value === 'string' && value.length > MOST_TEXT;
  const controller = folder.add(tooLong ? { value: '(long list)' } : holder, 'value');
  return tooLong ? controller.disable() : controller;
}

/** A tooltip that screen readers read with the control. */
function explain(controller: Controller, text: string): void {
  if (text === '') return;
  controller.$name.title = text;
  const widget = controller.domElement.querySelector<HTMLElement>('input, select');
  if (widget !== null) widget.title = text;
}
