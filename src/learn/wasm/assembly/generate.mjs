// Makes the kernels of learning and predicting: `npm run generate:wasm`.
import { compile, write } from './compile.mjs';

const here = new URL('./', import.meta.url);
const SIMD = ['--enable', 'simd'];
const SHARED_MEMORY = [
  '--enable',
  'threads',
  '--sharedMemory',
  '--initialMemory',
  '1',
  '--maximumMemory',
  '65536',
];

async function make(target, name, source, more = []) {
  write(new URL(target, here), name, await compile(here, source, [...SIMD, ...more]));
}

await make('../kernels-binary.ts', 'KERNELS_BASE64', 'kernels.ts');
await make('../binning-binary.ts', 'BINNING_KERNELS_BASE64', 'binning.ts');
await make('../boosting-binary.ts', 'BOOSTING_KERNELS_BASE64', 'boosting.ts', SHARED_MEMORY);
await make('../boosting-scoring-binary.ts', 'SCORING_KERNELS_BASE64', 'boosting-scoring.ts');
await make('../trees-binary.ts', 'TREE_KERNELS_BASE64', 'trees.ts', SHARED_MEMORY);
await make('../trees-walk-binary.ts', 'TREE_WALK_BASE64', 'trees-walk.ts');
await make('../reading-binary.ts', 'READING_KERNEL_BASE64', 'reading.ts');
await make('../writing-binary.ts', 'WRITING_KERNEL_BASE64', 'writing.ts');
