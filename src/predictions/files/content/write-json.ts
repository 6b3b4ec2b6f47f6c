import { ChunkWriter } from '../../../datasets/ingest/chunk-writer.js';
import type { Duckdb } from '../../../datasets/ingest/duckdb.js';
import { textFromDate } from '../../../learn/preprocessing/read-value.js';
import { type BatchValues, readBatches } from '../process/table-batches.js';
import type { ContentInput } from './content-types.js';

const INDEX_PORTION = 10_000;

type Column = ContentInput['columns'][number];

/** A list of objects, objects line by line, or the layout `split` of pandas. */
export async function writeJson(
  duckdb: Duckdb,
  { tablePath, outputPath, columns, format, layout }: ContentInput,
): Promise<void> {
  const isLines = format === 'jsonl';
  const isSplit = !isLines && layout === 'split';
  const names = columns.map(({ name }) => (isSplit ? '' : `${JSON.stringify(name)}:`));
  const [open, close] = isSplit ? '[]' : '{}';
  const writer = new ChunkWriter(outputPath);
  try {
    if (isSplit)
      await writer.write(`{"columns":${JSON.stringify(columns.map(({ name }) => name))},"data":[\n`);
    else if (!isLines) await writer.write('[\n');
    let nRows = 0;
    for await (const batch of readBatches(duckdb, tablePath, columns)) {
      let text = '';
      for (let row = 0; row < batch.nRows; row++) {
        const cells = columns.map((column, k) => names[k] + cellText(batch.columns[k]!, row, column));
        if (nRows + row > 0) text += isLines ? '\n' : ',\n';
        text += `${open}${cells.join()}${close}`;
      }
      await writer.write(text);
      nRows += batch.nRows;
    }
    if (isSplit) await writeIndex(writer, nRows);
    else await writer.write(isLines ? '\n' : '\n]\n');
    await writer.end();
  } finally {
    writer.destroy();
  }
}

async function writeIndex(writer: ChunkWriter, nRows: number): Promise<void> {
  await writer.write('\n],"index":[');
  for (let from = 0; from < nRows; from += INDEX_PORTION) {
    const length = Math.min(INDEX_PORTION, nRows - from);
    const numbers = Array.from({ length }, (_, k) => from + k).join();
    await writer.write(from === 0 ? numbers : `,${numbers}`);
  }
  await writer.write(']}\n');
}

function cellText(values: BatchValues, row: number, { type }: Column): string {
  const value = values[row]!;
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (!Number.isFinite(value)) return 'null';
  if (type === 'boolean') return value === 1 ? 'true' : 'false';
  return type === 'date' ? `"${textFromDate(value)}"` : String(value);
}
