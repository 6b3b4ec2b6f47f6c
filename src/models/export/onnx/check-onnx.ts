import type { RowIndices } from '../../../learn/matrix/number-types.js';
import type { Table } from '../../../learn/matrix/table.js';
import type { FittedPipeline } from '../../../learn/pipeline/fitted-pipeline.js';
import type { GoldenRows } from '../../../learn/pipeline/golden-rows.js';
import type { OnnxExport } from './export-onnx.js';
import { type Feed, feedsFromRows, feedsFromTable } from './onnx-feeds.js';
import { OnnxSession, type Runtime } from './onnx-session.js';

/** How far a number may lie from ours, relative to it where it is larger than 1. */
export const ONNX_TOLERANCE = 1e-5;
/** Rows of the training data that are compared, spread evenly; enough to meet most branches, little enough to take no time. */
const MAX_SAMPLED_ROWS = 200;
/**
 * Fewer where each row may read all that is kept, as neighbours and support vectors do: bytes of the file times rows. The
 * runtime takes about as much memory for what lies between.
 */
const MAX_BYTES_READ = 100_000_000;

export interface OnnxComparison {
  readonly nRows: number;
  /** Largest difference, relative to our number where that is larger than 1; Infinity where one is no number. */
  readonly maxDifference: number;
}

/**
 * Runs an exported model over the golden rows and over rows of the data, and compares it with the pipeline.
 * @throws what the runtime throws when it cannot open or run the model
 */
export async function checkOnnx(
  runtime: Runtime,
  { file, outputs }: OnnxExport,
  pipeline: FittedPipeline,
  golden: GoldenRows,
  table: Table,
): Promise<OnnxComparison> {
  const { inputs } = pipeline.signature;
  const session = await OnnxSession.open(runtime, file);
  try {
    const compare = async (feeds: readonly Feed[], expected: Iterable<number>): Promise<number> =>
      largestDifference(await session.run(feeds, outputs.numbers), [...expected]);
    const rows = sampleRows(pipeline, table, Math.floor(MAX_BYTES_READ / file.length));
    const differences = [
      await compare(feedsFromRows(inputs, golden.rows), golden.outputs.flat()),
      rows.length === 0
        ? 0
        : await compare(feedsFromTable(inputs, table, rows), pipeline.predictTable(table, rows)),
    ];
    return { nRows: golden.rows.length + rows.length, maxDifference: Math.max(...differences) };
  } finally {
    await session.close();
  }
}

/** Rows spread evenly over the table, without those that the columns' policies refuse. */
function sampleRows(pipeline: FittedPipeline, table: Table, affordable: number): RowIndices {
  const count = Math.min(MAX_SAMPLED_ROWS, affordable, table.nRows);
  const rows = Uint32Array.from({ length: count }, (_, k) => Math.floor((k * table.nRows) / count));
  const refused = pipeline.refusedRows(table, rows);
  return rows.filter((_, k) => refused[k] === 0);
}

/** Infinity where the lengths differ or one of two is no finite number. */
export function largestDifference(found: readonly unknown[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const [k, value] of expected.entries()) {
    const difference = Math.abs(Number(found[k]) - value) / Math.max(1, Math.abs(value));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}
