import { LearnError } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { FeatureValues, RowIndices } from '../matrix/number-types.js';
import type { TextColumn } from '../matrix/table.js';
import { MISSING_POLICIES, type MissingPolicy } from '../pipeline/spec.js';
import type { CategoryCounts } from './column-statistics.js';
import { medianInPlace } from './order-statistics.js';
import { damaged, member, readChoice, readFinite, readText } from './state-reader.js';

/** The category that `constant` puts in where the request names none. */
export const MISSING_CATEGORY = 'missing';

/**
 * What stands in for a missing number, boolean (0, 1) or date (epoch milliseconds), learned from the training
 * rows. `native` leaves the gap to the algorithm, `knn` to the neighbour imputer behind the scaler; `error` refuses
 * the row, and nothing stands in either.
 */
export class NumberImputer {
  /** @param fill NaN for the policies that put nothing in */
  constructor(
    readonly policy: MissingPolicy,
    readonly fill: number,
  ) {}

  /**
   * @param rows the training rows; at least one of them has a value
   * @param constant for the policy `constant`
   * Cost: O(n); the median copies the column once. Ties of `most_frequent` go to the smallest value.
   * @throws LearnError numerical_failure when the values are too large to be summed
   */
  static fit(
    column: { readonly name: string; readonly values: FeatureValues },
    rows: RowIndices,
    policy: MissingPolicy,
    constant: number,
  ): NumberImputer {
    const fill = NumberImputer.fillFor(column.values, rows, policy, constant);
    if (fill === Infinity || fill === -Infinity) {
      throw new LearnError('numerical_failure', 'The values of this column are too large to be summed.', {
        column: column.name,
      });
    }
    return new NumberImputer(policy, fill);
  }

  private static fillFor(
    values: FeatureValues,
    rows: RowIndices,
    policy: MissingPolicy,
    constant: number,
  ): number {
    switch (policy) {
      case 'mean':
        return meanOf(values, rows);
      case 'median':
        return medianInPlace(presentValues(values, rows));
      case 'most_frequent':
        return mostFrequentOf(values, rows);
      case 'constant':
        return constant;
      case 'native':
      case 'knn':
      case 'error':
        return Number.NaN;
    }
  }

  apply(value: number): number {
    return !Number.isNaN(value) ? value : this.fill;
  }

  toState(): JsonObject {
    return { policy: this.policy, fill: Number.isNaN(this.fill) ? null : this.fill };
  }

  /** @throws LearnError invalid_state */
  static fromState(state: JsonObject, path: string): NumberImputer {
    const policy = readChoice(member(state, 'policy'), MISSING_POLICIES, `${path}.policy`);
    const putsNothing = policy === 'native' || policy === 'knn' || policy === 'error';
    if (putsNothing && member(state, 'fill') !== null) throw damaged(`${path}.fill`, 'null');
    return new NumberImputer(
      policy,
      putsNothing ? Number.NaN : readFinite(member(state, 'fill'), `${path}.fill`),
    );
  }
}

/** What stands in for a missing text. */
export class TextImputer {
  /** @param fill null for the policies that put nothing in */
  constructor(
    readonly policy: 'native' | 'most_frequent' | 'constant' | 'error',
    readonly fill: string | null,
  ) {}

  /** Ties of `most_frequent` go to the text that sorts first. */
  static fit(
    column: TextColumn,
    counts: CategoryCounts,
    policy: MissingPolicy,
    constant: string,
  ): TextImputer {
    switch (policy) {
      case 'constant':
        return new TextImputer(policy, constant);
      case 'most_frequent': {
        let best = -1;
        for (let code = 0; code < counts.counts.length; code++) {
          const count = counts.counts[code] as number;
          if (count === 0) continue;
          const lead = best < 0 ? 1 : count - (counts.counts[best] as number);
          if (
            lead > 0 ||
            (lead === 0 && (column.dictionary[code] as string) < (column.dictionary[best] as string))
          ) {
            best = code;
          }
        }
        return new TextImputer(policy, column.dictionary[best] ?? MISSING_CATEGORY);
      }
      case 'native':
      case 'error':
        return new TextImputer(policy, null);
      case 'mean':
      case 'median':
      case 'knn':
        throw new LearnError('invalid_parameters', `A text column has no ${policy}.`, {
          column: column.name,
        });
    }
  }

  toState(): JsonObject {
    return { policy: this.policy, fill: this.fill };
  }

  /** @throws LearnError invalid_state */
  static fromState(state: JsonObject, path: string): TextImputer {
    const policies = ['native', 'most_frequent', 'constant', 'error'] as const;
    const policy = readChoice(member(state, 'policy'), policies, `${path}.policy`);
    const putsNothing = policy === 'native' || policy === 'error';
    if (putsNothing && member(state, 'fill') !== null) throw damaged(`${path}.fill`, 'null');
    return new TextImputer(policy, putsNothing ? null : readText(member(state, 'fill'), `${path}.fill`));
  }
}

function presentValues(values: FeatureValues, rows: RowIndices): Float64Array {
  const present = new Float64Array(rows.length);
  let n = 0;
  for (let p = 0; p < rows.length; p++) {
    const value = values[rows[p] as number] as number;
    if (!Number.isNaN(value)) present[n++] = value;
  }
  return present.subarray(0, n);
}

function meanOf(values: FeatureValues, rows: RowIndices): number {
  let sum = 0;
  let n = 0;
  for (let p = 0; p < rows.length; p++) {
    const value = values[rows[p] as number] as number;
    if (Number.isNaN(value)) continue;
    sum += value;
    n++;
  }
  return sum / n;
}

function mostFrequentOf(values: FeatureValues, rows: RowIndices): number {
  const counts = new Map<number, number>();
  for (let p = 0; p < rows.length; p++) {
    const value = values[rows[p] as number] as number;
    if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let best = Number.NaN;
  let bestCount = 0;
  for (const [value, count] of counts) {
    if (count > bestCount || (count === bestCount && value < best)) {
      best = value;
      bestCount = count;
    }
  }
  return best;
}
