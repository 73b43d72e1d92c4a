// The list of presets with its keys, and the sentence that says what to look at.
import { parseConfig } from '../config-check.ts';
import type { App } from './app.ts';
import { element } from './dom.ts';
import { listKey, onKey } from './keys.ts';
import type { Opener } from './opening.ts';
import { PAGE_PRESETS, PRESET_NAMES, type PresetName } from './presets.ts';

const NUMBERED = 9;
/** Stands in the list where the configuration is no preset. */
const OWN = '';

/**
 * Puts the list into `host` and keeps it as the configuration is.
 *
 * @param about where the sentence stands
 */
export function addPresets(app: App, opener: Opener, host: HTMLElement, about: HTMLElement): void {
  const select = element('select', { id: 'preset', 'aria-label': 'Preset' });
  const own = element('option', { value: OWN, text: 'own settings', hidden: true });
  select.append(own);
  PRESET_NAMES.forEach((name, n) => {
    const { title } = PAGE_PRESETS[name];
    const text = n < NUMBERED ? `${n + 1}  ${title}` : title;
    select.append(element('option', { value: name, text }));
    if (n < NUMBERED) onKey(String(n + 1), () => void begin(name));
  });
  listKey(`1 … ${NUMBERED}`, 'presets');
  host.append(select);
  // What is opened last wins where keys come faster than runs.
  const begin = async (name: PresetName): Promise<void> => {
    await opener.open(PAGE_PRESETS[name].config);
    show();
  };
  select.addEventListener('change', () => void begin(select.value as PresetName));
  let last: PresetName | null = null;
  const show = (): void => {
    const name = presetOf(app);
    select.value = name ?? OWN;
    last = name ?? last;
    if (last === null) about.textContent = '';
    else if (name === null) about.textContent = `Changed from “${PAGE_PRESETS[last].title}”.`;
    else about.textContent = PAGE_PRESETS[name].note;
  };
  app.onChange(show);
}

/** Checked presets as text, to compare with. */
const texts = new Map<PresetName, string>();

/** The preset that the present configuration is, or null. */
function presetOf({ config }: App): PresetName | null {
  if (texts.size === 0) {
    for (const name of PRESET_NAMES) {
      texts.set(name, JSON.stringify(parseConfig(PAGE_PRESETS[name].config)));
    }
  }
  const text = JSON.stringify(config);
  return PRESET_NAMES.find((name) => texts.get(name) === text) ?? null;
}
