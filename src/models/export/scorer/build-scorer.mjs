// Makes dist/models/export/scorer/scorer.mjs: the part of the sources that predicts, as one module without imports.
// Run by `npm run build`, behind the compiler: node src/models/export/scorer/build-scorer.mjs [folder]
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const folder =
  process.argv[2] ?? fileURLToPath(new URL('../../../../dist/models/export/scorer', import.meta.url));

/** The kernels are kept as base64, which browsers read in another way than Node. */
const BASE64_READER =
  'const Buffer = { from: (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) };';

await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    target: 'es2022',
    outDir: folder,
    emptyOutDir: false,
    minify: true,
    lib: {
      entry: fileURLToPath(new URL('./scorer.ts', import.meta.url)),
      formats: ['es'],
      fileName: () => 'scorer.mjs',
    },
    rolldownOptions: { output: { banner: BASE64_READER } },
  },
});
