import { type Duckdb, literal } from '../../../datasets/ingest/duckdb.js';
import { canonicalOptions } from '../../../datasets/ingest/table-statistics.js';
import type { ContentInput } from './content-types.js';

/** DOUBLE, BOOLEAN, TIMESTAMP and VARCHAR under the columns' own names; those that differ in case only get a number. */
export async function writeParquet(
  duckdb: Duckdb,
  { tablePath, outputPath, columns }: ContentInput,
): Promise<void> {
  const list = columns.map(({ name, index }) => `c${index} AS "${name.replaceAll('"', '""')}"`);
  const options = canonicalOptions(columns.length);
  await duckdb.run(
    `COPY (SELECT ${list.join(', ')} FROM read_parquet(${literal(tablePath)})) TO ${literal(outputPath)} (${options})`,
  );
}
