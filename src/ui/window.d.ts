// The page's app, from the console and for tests.
import type { App } from './app.ts';

declare global {
  interface Window {
    meanfield: App;
  }
}
