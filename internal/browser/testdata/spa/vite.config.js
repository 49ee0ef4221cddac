import { defineConfig } from 'vite';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // The picture is to be a file, however small it is.
  build: { assetsInlineLimit: 0 },
});
