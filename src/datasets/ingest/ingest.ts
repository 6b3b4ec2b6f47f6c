import { mkdir, rm } from 'node:fs/promises';
import { Duckdb, DuckdbError, literal } from './duckdb.js';
import { inferColumns } from './infer-columns.js';
import type { IngestInput, IngestOutput } from './ingest-types.js';
import { unreadable } from './open-source.js';
import { copySource, type PreparedSource, prepareSource } from './prepare-source.js';

/** DuckDB's part of the process's memory; the rest is Node, the scanner's chunks and what DuckDB does not count. */
const DUCKDB_SHARE = 0.6;

/**
 * Reads a delimited file, finds the type of every column and writes the canonical table as Parquet. The columns of
 * the Parquet file are named c0, c1, … in the order of the schema: SQL takes "Age" and "age" for one name, a file
 * may have both.
 *
 * Throws Problem `upload_empty` or `dataset_unreadable`. Leaves nothing beside the table; not even that on failure.
 */
export async function ingest(
  input: IngestInput,
  progress: (phase: string, fraction: number) => void = () => undefined,
): Promise<IngestOutput> {
  const copyPath = `${input.tablePath}.plain`;
  const spillDir = `${input.tablePath}.spill`;
  try {
    progress('scanning', 0);
    const source = await prepareSource(input, copyPath);
    progress('reading', 0);
    await mkdir(spillDir, { recursive: true });
    return await writeTable(input, source, { copyPath, spillDir }, progress);
  } catch (error) {
    await rm(input.tablePath, { force: true });
    throw error;
  } finally {
    await rm(copyPath, { force: true });
    await rm(spillDir, { recursive: true, force: true });
  }
}

async function writeTable(
  input: IngestInput,
  source: PreparedSource,
  { copyPath, spillDir }: { copyPath: string; spillDir: string },
  progress: (phase: string, fraction: number) => void,
): Promise<IngestOutput> {
  const duckdb = await Duckdb.open({
    threads: input.limits.threads,
    memoryMb: Math.floor(input.limits.memoryMb * DUCKDB_SHARE),
    paths: [source.path, copyPath, input.tablePath],
    spillDir,
  });
  try {
    const { maxLineBytes } = input.limits;
    if (!(await readRaw(duckdb, source, maxLineBytes))) {
      // CRLF inside of quotes, for one, is misread under CRLF line ends. The copy has line feeds between its records.
      const copy = source.isCopy ? undefined : await copySource(input, source, copyPath);
      if (copy === undefined || !(await readRaw(duckdb, copy, maxLineBytes))) throw misread();
    }
    progress('inferring', 0);
    const columns = await inferColumns(duckdb, 'raw', source.names, source.nRows);
    progress('writing', 0);
    const list = columns.map(({ sql }, index) => `${sql} AS c${index}`).join(', ');
    await duckdb.run(
      `COPY (SELECT ${list} FROM raw) TO ${literal(input.tablePath)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
    );
    return { dialect: source.dialect, nRows: source.nRows, columns: columns.map(({ schema }) => schema) };
  } finally {
    duckdb.close();
  }
}

/**
 * Reads the file as a table of trimmed text; false when DuckDB does not read what was scanned. The scanner has counted the rows: if DuckDB saw another number, the two read
 * the quoting differently, and a table that is silently wrong is the one thing that must not come out.
 */
async function readRaw(duckdb: Duckdb, source: PreparedSource, maxLineBytes: number): Promise<boolean> {
  const { dialect, names } = source;
  const blanks = source.hasTabs || dialect.delimiter === '\t' ? ", ' ' || chr(9)" : '';
  const cells = names.map((_, index) => `nullif(trim(c${index}${blanks}), '') AS c${index}`);
  const types = names.map((_, index) => `'c${index}': 'VARCHAR'`);
  const options = [
    'auto_detect = false',
    `columns = {${types.join(', ')}}`,
    `delim = ${literal(dialect.delimiter)}`,
    `quote = ${literal(dialect.quote)}`,
    `escape = ${literal(dialect.escape)}`,
    `header = ${dialect.hasHeader}`,
    `new_line = '${source.lineEnd === '\n' ? '\\n' : '\\r\\n'}'`,
    "nullstr = ''",
    'allow_quoted_nulls = false',
    "comment = ''",
    `max_line_size = ${maxLineBytes}`,
    "compression = 'none'",
    'strict_mode = true',
  ];
  // An empty line is no row, but in a file of one column it reads like a row with an empty cell; a quoted one stays.
  const condition = names.length === 1 ? ' WHERE c0 IS NOT NULL' : '';
  try {
    await duckdb.run(
      `CREATE OR REPLACE TABLE raw AS SELECT ${cells.join(', ')} FROM read_csv(${literal(source.path)}, ${options.join(', ')})${condition}`,
    );
  } catch (error) {
    if (error instanceof DuckdbError && error.kind === 'Invalid Input') return false;
    throw error;
  }
  const [count] = await duckdb.rows('SELECT count(*) AS n FROM raw');
  return Number(count!['n']) === source.nRows;
}

function misread() {
  return unreadable(
    'ambiguous_quoting',
    'The quoting of the file can be read in more than one way; quote every text cell and double quotes inside.',
  );
}
