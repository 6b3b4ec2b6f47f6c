import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Duckdb } from '../../../datasets/ingest/duckdb.js';
import type { ContentInput, ContentOutput } from './content-types.js';
import { writeArrow } from './write-arrow.js';
import { writeDelimitedText } from './write-delimited-text.js';
import { writeJson } from './write-json.js';
import { writeParquet } from './write-parquet.js';
import { writeWorkbook } from './write-workbook.js';

/** DuckDB's part of the process. */
const DUCKDB_SHARE = 0.5;

/**
 * Writes columns of a canonical table in any of the formats that data sets come in. Dates are ISO 8601 where the format
 * has none of its own; a missing value is an empty cell or null. All but workbooks are written in portions.
 * @throws Problem payload_too_large for a workbook that would be too large
 */
export async function writeContent(input: ContentInput): Promise<ContentOutput> {
  const { tablePath, outputPath, threads, memoryMb } = input;
  const bodyPath = `${outputPath}.body`;
  const duckdb = await Duckdb.open({
    threads,
    memoryMb: Math.floor(memoryMb * DUCKDB_SHARE),
    paths: [tablePath, outputPath, bodyPath],
  });
  try {
    await write(duckdb, input, bodyPath);
  } catch (error) {
    await rm(outputPath, { force: true });
    throw error;
  } finally {
    duckdb.close();
    await rm(bodyPath, { force: true });
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(outputPath, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
  }
  return { nBytes: (await stat(outputPath)).size, sha256: hash.digest('hex') };
}

function write(duckdb: Duckdb, input: ContentInput, bodyPath: string): Promise<void> {
  switch (input.format) {
    case 'csv':
      return writeDelimitedText(duckdb, input, bodyPath, ',');
    case 'tsv':
      return writeDelimitedText(duckdb, input, bodyPath, '\t');
    case 'json':
    case 'jsonl':
      return writeJson(duckdb, input);
    case 'parquet':
      return writeParquet(duckdb, input);
    case 'arrow':
      return writeArrow(duckdb, input);
    default:
      return writeWorkbook(duckdb, { ...input, format: input.format });
  }
}
