import type { InputColumn } from '../pipeline/signature.js';
import { booleanFromText, dateFromText, numberFromText } from '../preprocessing/read-value.js';
import { binOf, type ColumnProfile, type InputProfile } from './input-profile.js';

/**
 * Rows that were asked for, held against what training saw. The checks and their names are those of Amazon SageMaker's
 * Model Monitor (schema_violations), so that whoever knows these knows ours:
 * data_type_check, completeness_check, baseline_drift_check, missing_column_check, extra_column_check,
 * categorical_values_check.
 */
export const DRIFT_CHECKS = [
  'data_type_check',
  'completeness_check',
  'baseline_drift_check',
  'missing_column_check',
  'extra_column_check',
  'categorical_values_check',
] as const;
export type DriftCheck = (typeof DRIFT_CHECKS)[number];

/** One column that is no longer what it was. */
export interface DriftViolation {
  readonly column: string;
  readonly check: DriftCheck;
  /** The share, or the distance, that was measured, and what is allowed. */
  readonly measured: number;
  readonly allowed: number;
}

/** A row as it was sent, and what the model had to assume of it. */
export interface AskedRow {
  readonly input: unknown;
  readonly warnings: readonly { readonly code: string; readonly column: string }[];
}

/** What was seen of one column. */
export interface ColumnDrift {
  readonly name: string;
  readonly missingShare: number;
  /** Largest difference of the cumulative shares (numbers, dates) or of a category's share; null: nothing to compare. */
  readonly distance: number | null;
}

export interface DriftFindings {
  readonly nRows: number;
  readonly columns: readonly ColumnDrift[];
  readonly violations: readonly DriftViolation[];
}

/** Shares of odd values below this are everyday life. */
const MAX_ODD_SHARE = 0.01;
/** A change of this many points of a share is one that matters; Model Monitor's default. */
const MIN_DISTANCE = 0.1;
/** Kolmogorov and Smirnov's bound at 1 %: what chance alone gives in one sample of a hundred. */
const CHANCE = 1.628;
/** So many standard deviations of a share, and one point at least. */
const N_SIGMA = 3;
const MIN_COMPLETENESS_LOSS = 0.01;
/** Names of columns that nobody knows, at most so many: they come from outside. */
const MAX_EXTRA_COLUMNS = 50;

interface Seen {
  nAbsent: number;
  nMissing: number;
  nWrongType: number;
  nUnseen: number;
  /** By bin or category of the profile. */
  readonly counts: Float64Array;
}

/** Takes rows as they were sent, in any number of parts; says at the end what has changed. */
export class DriftWatch {
  readonly #seen: Seen[];
  readonly #profiles: (ColumnProfile | undefined)[];
  readonly #places: (ReadonlyMap<string, number> | undefined)[];
  readonly #categories: (ReadonlySet<string> | undefined)[];
  readonly #extra = new Map<string, number>();
  #nRows = 0;

  /**
   * @param profile null: only types, completeness against none missing, and columns are checked
   */
  constructor(
    private readonly inputs: readonly InputColumn[],
    private readonly profile: InputProfile | null,
  ) {
    this.#profiles = inputs.map(({ name }) => profile?.columns.find((column) => column.name === name));
    this.#places = this.#profiles.map((known) =>
      known !== undefined && 'categories' in known
        ? new Map(known.categories.map((category, k) => [category, k]))
        : undefined,
    );
    this.#categories = inputs.map(({ categories }) => categories && new Set(categories));
    this.#seen = this.#profiles.map((known) => ({
      nAbsent: 0,
      nMissing: 0,
      nWrongType: 0,
      nUnseen: 0,
      counts: new Float64Array(known?.shares.length ?? 0),
    }));
  }

  /** Cost: O(columns) a row. What is no object is passed over. */
  add(rows: readonly AskedRow[]): void {
    for (const { input, warnings } of rows) {
      if (typeof input !== 'object' || input === null || Array.isArray(input)) continue;
      this.#nRows++;
      // A model whose rows are tensors has no columns that could change.
      if (this.inputs.length === 0) continue;
      const record = input as Readonly<Record<string, unknown>>;
      for (let j = 0; j < this.inputs.length; j++) this.#addValue(j, record);
      for (const { code, column } of warnings) if (code === 'extra_column') this.#addExtra(column);
    }
  }

  /** Not by the row itself: a column that its caller had handed through is known to somebody. */
  #addExtra(column: string): void {
    const count = this.#extra.get(column);
    if (count !== undefined || this.#extra.size < MAX_EXTRA_COLUMNS)
      this.#extra.set(column, (count ?? 0) + 1);
  }

  /** What has changed. A handful of rows never shows a drift: what chance gives is allowed. */
  findings(): DriftFindings {
    const violations: DriftViolation[] = [];
    const columns = this.inputs.map(({ name }, j) => this.#judge(name, j, violations));
    for (const [column, count] of this.#extra) {
      violations.push({ column, check: 'extra_column_check', measured: count / this.#nRows, allowed: 0 });
    }
    return { nRows: this.#nRows, columns, violations };
  }

  #addValue(j: number, row: Readonly<Record<string, unknown>>): void {
    const { name, type } = this.inputs[j] as InputColumn;
    const seen = this.#seen[j] as Seen;
    if (!Object.hasOwn(row, name)) seen.nAbsent++;
    const value = Object.hasOwn(row, name) ? row[name] : undefined;
    if (value === null || value === undefined || value === '') {
      seen.nMissing++;
      return;
    }
    if (!isOfType(value, type)) seen.nWrongType++;
    const profile = this.#profiles[j];
    if (type === 'text' || type === 'boolean') {
      const text = type === 'boolean' ? String(booleanOf(value)) : String(value);
      if (this.#categories[j]?.has(text) === false) seen.nUnseen++;
      if (profile !== undefined) {
        const place = this.#places[j]?.get(text) ?? seen.counts.length - 1;
        seen.counts[place]!++;
      }
    } else if (profile !== undefined && 'edges' in profile) {
      const number = type === 'date' ? dateOf(value) : numberOf(value);
      if (!Number.isNaN(number)) seen.counts[binOf(number, profile.edges)]!++;
    }
  }

  #judge(name: string, j: number, violations: DriftViolation[]): ColumnDrift {
    const seen = this.#seen[j] as Seen;
    const nRows = this.#nRows;
    if (nRows === 0) return { name, missingShare: 0, distance: null };
    const profile = this.#profiles[j];
    const nValues = nRows - seen.nMissing;
    const check = (kind: DriftCheck, measured: number, allowed: number): void => {
      if (measured > allowed) violations.push({ column: name, check: kind, measured, allowed });
    };
    check('missing_column_check', seen.nAbsent / nRows, 0);
    if (nValues > 0) {
      check('data_type_check', seen.nWrongType / nValues, MAX_ODD_SHARE);
      check('categorical_values_check', seen.nUnseen / nValues, MAX_ODD_SHARE);
    }
    const missingShare = seen.nMissing / nRows;
    const before = profile?.missingShare ?? 0;
    const chance = N_SIGMA * Math.sqrt((Math.max(before, 1 / nRows) * (1 - before)) / nRows);
    check('completeness_check', missingShare, before + Math.max(MIN_COMPLETENESS_LOSS, chance));
    const distance = profile === undefined ? null : distanceOf(profile, seen.counts);
    if (distance !== null && this.profile !== null) {
      const n = sum(seen.counts);
      const m = Math.max(1, this.profile.nRows * (1 - before));
      check('baseline_drift_check', distance, Math.max(MIN_DISTANCE, CHANCE * Math.sqrt((n + m) / (n * m))));
    }
    return { name, missingShare, distance };
  }
}

/** The Kolmogorov–Smirnov distance over the bins; for categories, which have no order, the largest difference of a share. */
function distanceOf(profile: ColumnProfile, counts: Float64Array): number | null {
  const n = sum(counts);
  if (n === 0 || profile.shares.every((share) => share === 0)) return null;
  let distance = 0;
  let before = 0;
  let now = 0;
  for (let k = 0; k < counts.length; k++) {
    const share = (counts[k] as number) / n;
    if ('categories' in profile) {
      before = profile.shares[k] as number;
      now = share;
    } else {
      before += profile.shares[k] as number;
      now += share;
    }
    distance = Math.max(distance, Math.abs(before - now));
  }
  return distance;
}

/** What a column of the type is sent as; another spelling is taken too, and is a sign that something has changed. */
function isOfType(value: unknown, type: InputColumn['type']): boolean {
  switch (type) {
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'date':
      return typeof value === 'string' && !Number.isNaN(dateFromText(value));
    default:
      return typeof value === 'string';
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number'
    ? value
    : typeof value === 'string'
      ? numberFromText(value)
      : Number(value);
}

function dateOf(value: unknown): number {
  return typeof value === 'string' ? dateFromText(value) : typeof value === 'number' ? value : Number.NaN;
}

function booleanOf(value: unknown): boolean {
  return typeof value === 'string' ? booleanFromText(value) === 1 : Boolean(value);
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
