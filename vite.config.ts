// Builds the live page into dist/page, servable from any path.
import { defineConfig, type Plugin } from 'vite';

/** Nothing but our own files; styles are files too, so none is injected. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  // The arrows of the panel.
  'font-src data:',
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Puts the content security policy into the built page; the development server injects styles, so it goes without. */
const policy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
      injectTo: 'head-prepend',
    },
  ],
};

/** Takes comments and indentation out of the shaders, which no minifier does: they are text. */
const shaders: Plugin = {
  name: 'shader-text',
  apply: 'build',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('.wgsl.ts') ? code.replace(/\s*\/\/.*$/gm, '').replace(/^\s+/gm, '') : undefined,
};

/** The panel's styles are a file of ours (see style.css): the copy for injection in its script stays out of the page. */
const withoutInjectedStyles: Plugin = {
  name: 'without-injected-styles',
  transform: (code, id) =>
    id.endsWith('/lil-gui.esm.js')
      ? code.replace(/var stylesheet = `[^`]*`/, 'var stylesheet = ""')
      : undefined,
};

export default defineConfig({
  root: 'src/ui',
  base: './',
  plugins: [policy, shaders, withoutInjectedStyles],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // Styles in one file, and no list of what a part needs beside its own imports: less script than the time it saves.
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: {
      // Reached in Node alone, by dynamic imports.
      external: ['webgpu', /^node:/],
      // What opens the page is one file, which packs better than the pieces that later parts share.
      output: { codeSplitting: { groups: [{ name: 'page', tags: ['$initial'] }] } },
    },
  },
});
