// A view: one card of the page that watches the run. Views know the run alone, never each other.
import { element } from './dom.ts';
import type { Watcher } from './session.ts';

/** What a view can be saved as. Each is made when asked for. */
export interface Exports {
  /** a figure that stands alone, drawn by the code of the reports where one exists */
  svg?(): string | Promise<string>;
  png?(): Promise<Blob>;
  csv?(): string | Promise<string>;
}

/** One card of the page. */
export interface View extends Watcher {
  /** short name in file names: "cloud", "function", … */
  readonly name: string;
  readonly card: Card;
  readonly exports: Exports;
  destroy?(): void;
}

/** The frame of a view. */
export interface Card {
  readonly root: HTMLElement;
  /** where the view draws */
  readonly body: HTMLElement;
  /** buttons of the view, beside its title */
  readonly tools: HTMLElement;
  /** false while the card is outside the window: then nothing need be drawn */
  readonly visible: boolean;
}

/** Makes an empty card; `name` becomes its id. */
export function makeCard(name: string, title: string): Card {
  const body = element('div', { class: 'view-body' });
  const tools = element('div', { role: 'toolbar', 'aria-label': title });
  const root = element(
    'section',
    { class: 'view', id: `view-${name}`, 'aria-labelledby': `title-${name}` },
    element(
      'div',
      { class: 'view-head' },
      element('h2', { id: `title-${name}`, text: title }),
      tools,
    ),
    body,
  );
  const card = { root, body, tools, visible: true };
  new IntersectionObserver(([entry]) => (card.visible = entry?.isIntersecting === true)).observe(
    root,
  );
  return card;
}
