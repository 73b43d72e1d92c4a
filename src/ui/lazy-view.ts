// Cards that come later: their places stand at once, and what they show is loaded when the run can be played and the place
// comes near the window.
import type { App } from './app.ts';
import { element } from './dom.ts';
import type { View } from './view.ts';

/** How far below the window a card begins to load. */
const NEAR = '100px';

/**
 * Puts the place of a view into `host`.
 *
 * @param opened the run can be played; nothing is loaded before
 * @param make loads and makes the view; called once
 */
export function addLazyView(
  app: App,
  host: HTMLElement,
  opened: Promise<void>,
  { name, title, make }: { name: string; title: string; make: () => Promise<View> },
): void {
  const place = element(
    'section',
    { class: 'view', id: `view-${name}`, 'aria-label': title },
    element('div', { class: 'view-head' }, element('h2', { text: title })),
    element('div', { class: 'view-place' }),
  );
  const load = async (): Promise<void> => {
    near.disconnect();
    const view = await make();
    place.replaceWith(view.card.root);
    app.addView(view);
  };
  const near = new IntersectionObserver(
    ([entry]) => {
      if (entry?.isIntersecting === true) void load();
    },
    { rootMargin: NEAR },
  );
  host.append(place);
  void opened.then(() => near.observe(place));
}
