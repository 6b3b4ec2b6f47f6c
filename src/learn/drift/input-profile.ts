import type { Json, JsonObject } from '../json.js';
import type { Column, ColumnType, Table } from '../matrix/table.js';
import type { InputColumn } from '../pipeline/signature.js';

/**
 * What training saw of each input column: enough to tell later whether the world has changed, and no more. It travels
 * in the report of a bundle, so it holds shares, deciles and frequent categories, never a row.
 */
export interface InputProfile {
  readonly nRows: number;
  readonly columns: readonly ColumnProfile[];
}

interface CommonProfile {
  readonly name: string;
  /** 0..1 */
  readonly missingShare: number;
}

export interface RangeProfile extends CommonProfile {
  readonly type: 'number' | 'date';
  /** Rising, at most 9: bin k holds values <= edges[k] and above those before; the last bin has no upper edge. */
  readonly edges: readonly number[];
  /** Of the values that are there, by bin; edges.length + 1, sums to 1. */
  readonly shares: readonly number[];
}

export interface CategoryProfile extends CommonProfile {
  readonly type: 'text' | 'boolean';
  /** The most frequent ones, at most 50. */
  readonly categories: readonly string[];
  /** Of the values that are there, by category; the last one is that of all others. */
  readonly shares: readonly number[];
}

export type ColumnProfile = RangeProfile | CategoryProfile;

const N_BINS = 10;
const MAX_CATEGORIES = 50;
/** Shares of this many rows are right to a third of a point; deciles of more only cost a sort. */
const MAX_ROWS = 100_000;

/**
 * @param inputs columns that the table does not have in the same type (a recipe made them anew) are left out
 * Cost: O(n log n) a column for at most 100,000 rows, drawn at equal steps.
 */
export function profileInputs(table: Table, inputs: readonly InputColumn[]): InputProfile {
  const step = Math.max(1, Math.ceil(table.nRows / MAX_ROWS));
  const columns = inputs.flatMap(({ name, type }) => {
    const column = table.columns.find((known) => known.name === name && known.type === type);
    return column === undefined || table.nRows === 0 ? [] : [profileColumn(column, table.nRows, step)];
  });
  return { nRows: table.nRows, columns };
}

/** The bin of a value. */
export function binOf(value: number, edges: readonly number[]): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (edges[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Reads a profile out of a report; what is damaged or absent gives null. */
export function readInputProfile(report: JsonObject): InputProfile | null {
  const profile = report['inputProfile'];
  if (!isObject(profile) || typeof profile['nRows'] !== 'number' || !Array.isArray(profile['columns']))
    return null;
  return profile['columns'].every(isColumnProfile) ? (profile as unknown as InputProfile) : null;
}

function profileColumn(column: Column, nRows: number, step: number): ColumnProfile {
  if (column.type === 'text') {
    const counts = new Float64Array(column.dictionary.length);
    let nMissing = 0;
    let nLooked = 0;
    for (let i = 0; i < nRows; i += step, nLooked++) {
      const code = column.codes[i] as number;
      if (code < 0) nMissing++;
      else counts[code]!++;
    }
    return categoryProfile(column.name, 'text', column.dictionary, counts, nMissing, nLooked);
  }
  const looked = new Float64Array(Math.ceil(nRows / step));
  let nValues = 0;
  for (let i = 0; i < nRows; i += step) {
    const value = column.values[i] as number;
    if (!Number.isNaN(value)) looked[nValues++] = value;
  }
  const values = looked.subarray(0, nValues);
  if (column.type === 'boolean') {
    const nTrue = values.reduce((sum, value) => sum + value, 0);
    const counts = Float64Array.of(nValues - nTrue, nTrue);
    return categoryProfile(
      column.name,
      'boolean',
      ['false', 'true'],
      counts,
      looked.length - nValues,
      looked.length,
    );
  }
  const { edges, shares } = deciles(values.sort());
  return { name: column.name, type: column.type, missingShare: 1 - nValues / looked.length, edges, shares };
}

/** Equal values share a bin: a column of few values has fewer bins, and no bin is empty. */
function deciles(sorted: Float64Array): { edges: number[]; shares: number[] } {
  const edges: number[] = [];
  const counts: number[] = [];
  let from = 0;
  for (let k = 1; k < N_BINS; k++) {
    const at = Math.floor((k * sorted.length) / N_BINS);
    const edge = sorted[at];
    if (edge === undefined || edge === sorted[sorted.length - 1] || edge === edges.at(-1)) continue;
    const end = firstAbove(sorted, edge);
    edges.push(edge);
    counts.push(end - from);
    from = end;
  }
  counts.push(sorted.length - from);
  return { edges, shares: counts.map((count) => (sorted.length === 0 ? 0 : count / sorted.length)) };
}

function firstAbove(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function categoryProfile(
  name: string,
  type: 'text' | 'boolean',
  dictionary: readonly string[],
  counts: Float64Array,
  nMissing: number,
  nLooked: number,
): CategoryProfile {
  const frequent = [...dictionary.keys()]
    .filter((code) => (counts[code] as number) > 0)
    // Ties by name: the same data gives the same profile.
    .sort((a, b) => counts[b]! - counts[a]! || (dictionary[a]! < dictionary[b]! ? -1 : 1))
    .slice(0, MAX_CATEGORIES);
  const nValues = nLooked - nMissing;
  const shares = frequent.map((code) => (counts[code] as number) / nValues);
  const rest = Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0));
  const categories = frequent.map((code) => dictionary[code] as string);
  return { name, type, missingShare: nMissing / nLooked, categories, shares: [...shares, rest] };
}

function isColumnProfile(value: Json): boolean {
  if (!isObject(value) || typeof value['name'] !== 'string' || typeof value['missingShare'] !== 'number')
    return false;
  const type = value['type'] as ColumnType;
  const { shares } = value;
  if (!isNumbers(shares)) return false;
  if (type === 'number' || type === 'date') {
    return isNumbers(value['edges']) && shares.length === value['edges'].length + 1;
  }
  const { categories } = value;
  return (
    (type === 'text' || type === 'boolean') &&
    Array.isArray(categories) &&
    categories.every((category) => typeof category === 'string') &&
    shares.length === categories.length + 1
  );
}

function isNumbers(value: Json | undefined): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number' && Number.isFinite(item));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
