// Files dropped anywhere on the page.
import type { App } from './app.ts';
import type { Opener } from './opening.ts';

/** Listens for files. @returns opens files that were chosen otherwise */
export function addDrop(app: App, opener: Opener): (files: readonly File[]) => void {
  const take = (files: readonly File[]): void => {
    if (files.length === 0) return;
    import('./files.ts')
      .then(({ openFiles }) => openFiles(app, opener, files))
      .catch((error: unknown) => {
        app.session.pause();
        app.say(error instanceof Error ? error.message : String(error), 'error');
      });
  };
  const { dataset } = document.documentElement;
  addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    dataset['drop'] = '';
  });
  addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) delete dataset['drop'];
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    delete dataset['drop'];
    take([...(event.dataTransfer?.files ?? [])]);
  });
  return take;
}
