// Taking the run elsewhere: its link, the command that reproduces it, and the menu of files to save and to open.
import type { ConfigInput } from '../config.ts';
import type { App } from './app.ts';
import { commandOf } from './command.ts';
import { element } from './dom.ts';
import { showDialog } from './keys.ts';
import type * as Saving from './saving.ts';
import type { View } from './view.ts';

/**
 * Puts the buttons into `host`.
 *
 * @param linkOf the present link
 * @param take opens files that the user chose
 */
export function addShare(
  app: App,
  host: HTMLElement,
  linkOf: (app: App) => string,
  take: (files: readonly File[]) => void,
): void {
  const button = (id: string, text: string, title: string, onclick: () => void): HTMLElement =>
    element('button', { type: 'button', id, text, title, onclick });
  host.append(
    button('copy-link', 'Copy link', 'the whole configuration in a link', () => {
      void copy(app, linkOf(app), `Link copied${filesIn(app.config)}`);
    }),
    button('copy-command', 'Copy command', 'the command line that computes the same run', () => {
      void copy(app, commandOf(app.config, app.session.stepsDone), 'Command copied');
    }),
    createMenu(app, take),
  );
}

/** A link and a command name files, but do not hold them. */
function filesIn({ problem, init }: ConfigInput): string {
  const names = [
    problem?.kind === 'file' ? [problem.path, problem.testPath] : [],
    init?.kind === 'file' ? [init.path] : [],
  ].flat();
  const list = names.filter((name) => name !== undefined).join(', ');
  return list === ''
    ? ''
    : `; it does not hold ${list}: whoever opens it must drop that on the page`;
}

async function copy(app: App, text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    app.say(done);
  } catch {
    // No clipboard without a secure connection or the user's leave: then by hand.
    const area = element('textarea', { readonly: true, rows: 8, 'aria-label': 'Text to copy' });
    area.value = text;
    showDialog('Copy this', area);
    area.select();
  }
}

/** The menu of files; its list is made when it opens, since views may have come since. */
function createMenu(app: App, take: (files: readonly File[]) => void): HTMLElement {
  const summary = element('summary', { text: 'Files' });
  const list = element('div', { class: 'menu' });
  const menu = element('details', { id: 'files' }, summary, list);
  const close = (): void => menu.removeAttribute('open');
  menu.addEventListener('toggle', () => {
    if (menu.open) list.replaceChildren(...entriesOf(app, take, close));
  });
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !menu.open) return;
    close();
    summary.focus();
  });
  document.addEventListener('click', ({ target }) => {
    if (!menu.contains(target as Node)) close();
  });
  return menu;
}

function entriesOf(
  app: App,
  take: (files: readonly File[]) => void,
  close: () => void,
): HTMLElement[] {
  const save = (
    text: string,
    label: string,
    work: (saving: typeof Saving) => Promise<void>,
  ): HTMLElement =>
    element('button', {
      type: 'button',
      text,
      'aria-label': label,
      onclick: () => {
        close();
        void import('./saving.ts').then(work).catch((error: unknown) => {
          app.say(error instanceof Error ? error.message : String(error), 'error');
        });
      },
    });
  const input = element('input', {
    type: 'file',
    multiple: true,
    accept: '.csv,.npy,.npz,.json',
    'aria-label': 'Open files',
    onchange: () => {
      close();
      take([...(input.files ?? [])]);
    },
  });
  const whole = [
    save('particles.npz', 'Save particles.npz', (saving) => saving.saveParticles(app)),
    save('history.csv', 'Save history.csv', (saving) => saving.saveHistory(app)),
    save('config.json', 'Save config.json', (saving) => saving.saveConfig(app)),
  ];
  const line = (title: string, ...entries: HTMLElement[]): HTMLElement =>
    element('div', { class: 'menu-line' }, element('span', { text: title }), ...entries);
  return [
    line('Open', input),
    element('p', {
      text: 'Data (.csv, .npy, .npz), particles.npz or config.json; dropping works too.',
    }),
    line('Save', ...whole),
    ...app.views.flatMap((view) => {
      const kinds = kindsOf(view).map((kind) =>
        save(kind.toUpperCase(), `Save ${view.name} as ${kind.toUpperCase()}`, (saving) =>
          saving.saveView(view, kind),
        ),
      );
      const title = view.card.root.querySelector('h2')?.textContent ?? view.name;
      return kinds.length === 0 ? [] : [line(title, ...kinds)];
    }),
  ];
}

/** What a view can be saved as; what is an SVG is a PNG too. */
function kindsOf({ exports }: View): ('svg' | 'png' | 'csv')[] {
  const has = (kind: keyof typeof exports): boolean => exports[kind] !== undefined;
  return (['svg', 'png', 'csv'] as const).filter(
    (kind) => has(kind) || (kind === 'png' && has('svg')),
  );
}
