// How much of the page is shown around the views (?ui=none|min|full, for embedding), and its theme.
import { ConfigError, showValue } from '../config-check.ts';
import { element } from './dom.ts';

const LEVELS = ['full', 'min', 'none'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * The level that the address asks for: none: the views alone, playing by themselves; min: with the buttons of the run;
 * full: everything.
 *
 * @throws ConfigError for any other
 */
export function levelOf(query: string): Level {
  const asked = new URLSearchParams(query).get('ui') ?? 'full';
  const level = LEVELS.find((name) => name === asked);
  if (level === undefined) {
    throw new ConfigError(`ui: received ${showValue(asked)}; allowed: ${LEVELS.join(', ')}`);
  }
  return level;
}

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const STORED = 'meanfield-theme';

/** Adds the button that goes through the themes; the choice is remembered where the browser allows it. */
export function addTheme(host: HTMLElement): void {
  const button = element('button', { type: 'button', id: 'theme', title: 'Theme' });
  let theme: Theme = 'auto';
  const set = (next: Theme): void => {
    theme = next;
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    button.textContent = `◐ ${theme}`;
    button.ariaLabel = `Theme: ${theme}`;
  };
  button.addEventListener('click', () => {
    set(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
    store(theme);
  });
  host.append(button);
  const stored = THEMES.find((name) => name === read());
  set(stored ?? 'auto');
}

// A browser may forbid storage; then the choice lasts as long as the page.
function read(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(STORED, theme);
  } catch {
    return;
  }
}
