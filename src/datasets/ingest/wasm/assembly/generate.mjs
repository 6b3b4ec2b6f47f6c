// Makes the kernel of reading delimited files: `npm run generate:wasm`.
import { compile, write } from '../../../../learn/wasm/assembly/compile.mjs';

const here = new URL('./', import.meta.url);

write(new URL('../records-binary.ts', here), 'RECORDS_BASE64', await compile(here, 'records.ts'));
