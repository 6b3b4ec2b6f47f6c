import { createReadStream } from 'node:fs';
import { ChunkWriter } from '../../../datasets/ingest/chunk-writer.js';
import { type Duckdb, literal } from '../../../datasets/ingest/duckdb.js';
import type { ContentInput } from './content-types.js';

type Column = ContentInput['columns'][number];

/** The header is ours, because SQL takes names that differ in case only for one. */
export async function writeDelimitedText(
  duckdb: Duckdb,
  { tablePath, outputPath, columns, style }: ContentInput,
  bodyPath: string,
  delimiter: ',' | '\t',
): Promise<void> {
  const isPandas = style === 'pandas';
  const list = columns.map((column, k) => `${cellSql(column, isPandas)} AS c${k}`);
  const texts = columns.flatMap(({ type }, k) => (type === 'text' ? [`c${k}`] : []));
  // Quoted texts tell an empty one from a missing one; a record of one cell is quoted, lest it be an empty line.
  const quoted = texts.length > 0 ? texts : columns.length === 1 ? ['c0'] : [];
  const force = isPandas || quoted.length === 0 ? '' : `, FORCE_QUOTE (${quoted.join(', ')})`;
  await duckdb.run(
    `COPY (SELECT ${list.join(', ')} FROM read_parquet(${literal(tablePath)})) TO ${literal(bodyPath)}
     (FORMAT csv, HEADER false, DELIMITER ${literal(delimiter)}, QUOTE '"', ESCAPE '"'${force}, USE_TMP_FILE false)`,
  );
  const writer = new ChunkWriter(outputPath);
  try {
    const names = columns.map(({ name }) => (isPandas && isPlain(name) ? name : quote(name)));
    await writer.write(`${names.join(delimiter)}\n`);
    for await (const chunk of createReadStream(bodyPath, { highWaterMark: 1024 * 1024 })) {
      await writer.write(chunk as Buffer);
    }
    await writer.end();
  } finally {
    writer.destroy();
  }
}

function cellSql({ index, type, integer }: Column, isPandas: boolean): string {
  const cell = `c${index}`;
  if (type === 'date') return `strftime(${cell}, '%Y-%m-%dT%H:%M:%S.%gZ')`;
  // Whole numbers without a point, as far as each of them is one of its own.
  if (type === 'number' && integer === true)
    return `CASE WHEN abs(${cell}) < 1e15 THEN CAST(${cell} AS BIGINT)::VARCHAR ELSE ${cell}::VARCHAR END`;
  if (type === 'boolean' && isPandas) return `CASE ${cell} WHEN true THEN 'True' WHEN false THEN 'False' END`;
  return cell;
}

function isPlain(name: string): boolean {
  return name !== '' && !/[",\t\r\n]/.test(name);
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
