// Everything around the run: presets, panel, link, sharing, files, keys; and the run that the page begins with.
import type { App } from './app.ts';
import { byId, element } from './dom.ts';
import { addDrop } from './drop.ts';
import { addTheme, levelOf, type Level } from './embed.ts';
import { decodeLink, encodeLink, type LinkState } from './hash.ts';
import { onKey, showKeys } from './keys.ts';
import { createOpener, type Opener } from './opening.ts';
import { addPanel } from './panel.ts';
import { addPresets } from './preset-menu.ts';
import { PAGE_PRESETS, PRESET_NAMES } from './presets.ts';
import { addShare } from './share.ts';

/** Adds the controls that the address asks for and begins the run of the link, or the first preset. */
export async function addControls(app: App): Promise<void> {
  const opener = createOpener(app);
  const share = byId('share');
  let complaint = '';
  let level: Level = 'full';
  try {
    level = levelOf(location.search);
  } catch (error) {
    complaint = (error as Error).message;
  }
  document.documentElement.dataset['ui'] = level;
  addPresets(app, opener, byId('presets'), byId('about'));
  addShare(app, share, linkOf, addDrop(app, opener));
  addTheme(share);
  share.append(
    element('button', {
      type: 'button',
      id: 'keys',
      text: '?',
      'aria-label': 'Keys',
      onclick: showKeys,
    }),
  );
  onKey('?', showKeys, 'this list');
  const refused = await beginFromLink(app, opener);
  complaint ||= refused;
  if (level === 'full') {
    const panel = byId('panel');
    addPanel(app, opener, panel);
    onKey('h', () => (panel.hidden = !panel.hidden), 'hide or show the controls');
  }
  followLink(app, opener);
  if (complaint !== '') app.say(complaint, 'error');
  else if (level === 'none' && !matchMedia('(prefers-reduced-motion: reduce)').matches) {
    app.session.play();
  }
}

/** Begins the run of the link. @returns why it could not and began the first preset instead; else empty */
async function beginFromLink(app: App, opener: Opener): Promise<string> {
  let complaint = '';
  try {
    const state = decodeLink(location.hash);
    if (state !== null && (await openState(app, opener, state))) return '';
    if (state !== null) complaint = byId('status').textContent;
  } catch (error) {
    complaint = (error as Error).message;
  }
  const { waiting } = opener;
  await opener.open(PAGE_PRESETS[PRESET_NAMES[0]].config);
  opener.waiting = waiting;
  return complaint;
}

function openState(
  app: App,
  opener: Opener,
  { config, stepsPerFrame }: LinkState,
): Promise<boolean> {
  app.session.pace.fixed = stepsPerFrame ?? null;
  return opener.open(config);
}

/** The present link; it names the files that the configuration reads, but does not hold them. */
function linkOf({ config, session }: App): string {
  return `${location.origin}${location.pathname}${location.search}#${encodeLink(config, session.pace.fixed)}`;
}

/** Writes every change into the address, and reads the address when the user changes it. */
function followLink(app: App, opener: Opener): void {
  let known = location.hash;
  app.onChange(() => {
    // The user was faster: the address that was typed while a run began is read, not written over.
    if (location.hash !== known) return;
    history.replaceState(null, '', linkOf(app));
    known = location.hash;
  });
  addEventListener('hashchange', () => {
    known = location.hash;
    try {
      const state = decodeLink(location.hash);
      if (state !== null) void openState(app, opener, state);
    } catch (error) {
      app.session.pause();
      app.say((error as Error).message, 'error');
    }
  });
}
