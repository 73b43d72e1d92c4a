// The keys of the page: who listens says what for, and the list under "?" is made of that.
import { element } from './dom.ts';

const keys: { shown: string; what: string }[] = [];

/**
 * Listens to a key, unless it is typed into a field, meant for an open dialog, or pressed on a button that it would
 * press too.
 *
 * @param what what the key does, for the list of keys; without it the key is not listed
 */
export function onKey(key: string, action: () => void, what?: string): void {
  if (what !== undefined) listKey(key === ' ' ? 'Space' : key, what);
  document.addEventListener('keydown', (event) => {
    if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as Element;
    if (target.closest('input, select, textarea, [contenteditable], dialog') !== null) return;
    if (key === ' ' && target.closest('button, summary, a') !== null) return;
    event.preventDefault();
    action();
  });
}

/** Puts a line into the list of keys. */
export function listKey(shown: string, what: string): void {
  keys.push({ shown, what });
}

/** Shows the list of keys; Esc closes it. */
export function showKeys(): void {
  const list = element('dl', { class: 'keys' });
  for (const { shown, what } of keys) {
    list.append(element('dt', {}, element('kbd', { text: shown })), element('dd', { text: what }));
  }
  showDialog('Keys', list);
}

/** Shows a dialog that is gone once closed. */
export function showDialog(title: string, ...content: Node[]): void {
  const close = element('button', { type: 'button', text: 'Close' });
  const dialog = element(
    'dialog',
    { 'aria-label': title },
    element('h2', { text: title }),
    ...content,
    close,
  );
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
