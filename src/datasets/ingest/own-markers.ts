import { kindOf, spellingAutomaton } from './column-counts.js';
import { type Duckdb, DuckdbError, literal } from './duckdb.js';
import type { PreparedSource } from './prepare-source.js';
import { cellSql, readSql } from './read-sql.js';

/** A spelling that the caller calls missing, and in how many cells of its column it is. */
export interface OwnMarker {
  readonly marker: string;
  readonly kind: number;
  readonly nCells: number;
}

/** Looks for the markers that the caller has named; undefined when DuckDB does not read what was scanned. */
export async function ownMarkers(
  duckdb: Duckdb,
  source: PreparedSource,
): Promise<ReadonlyMap<number, readonly OwnMarker[]> | undefined> {
  const wanted = new Map<number, string[]>();
  for (const [index] of source.names.entries()) {
    const named = source.overrides.get(index)?.missing;
    if (named === undefined && !source.isExact) continue;
    wanted.set(index, markersOf(source, index, named ?? []));
  }
  const places = [...wanted].flatMap(([index, markers]) => markers.map((marker) => ({ index, marker })));
  let row: Readonly<Record<string, unknown>> = {};
  if (places.length > 0) {
    const counts = places.map(
      ({ index, marker }, place) =>
        `count(*) FILTER (WHERE ${cellSql(source, index)} = ${literal(marker)}) AS m${place}`,
    );
    const found = await duckdb
      .rows(`SELECT ${counts.join(', ')} FROM ${readSql(source)}`)
      .catch(undefinedIfMisread);
    if (found === undefined) return undefined;
    row = found[0]!;
  }
  const automaton = spellingAutomaton(source.style, source.isExact);
  const counted = places.map(({ index, marker }, place) => {
    return { index, marker, kind: kindOf(automaton, marker), nCells: Number(row[`m${place}`]) };
  });
  return new Map([...wanted.keys()].map((index) => [index, counted.filter((one) => one.index === index)]));
}

/** As they are spelt in the cells that DuckDB sees: without blanks around them, and numbers as they were written out. */
function markersOf(source: PreparedSource, index: number, named: readonly string[]): string[] {
  const spelt = named.map((marker) => {
    if (!source.isExact) return marker.trim();
    const isNumber = source.declared?.[index] === 'number' && marker.trim() !== '';
    return isNumber && Number.isFinite(Number(marker)) ? String(Number(marker)) : marker;
  });
  return [...new Set(spelt)].filter((marker) => marker !== '');
}

/** @throws what is not a file that is read in another way than it was scanned */
function undefinedIfMisread(error: unknown): undefined {
  if (error instanceof DuckdbError && error.kind === 'Invalid Input') return undefined;
  throw error;
}
