import type { Json } from '../json.js';
import type { Feature } from '../matrix/feature-matrix.js';
import type { FeatureValues, RowIndices } from '../matrix/number-types.js';
import type { NumberColumnEncoder } from './column-encoder.js';
import { DATE_PARTS, type DatePart, DEFAULT_DATE_PARTS, datePart } from './date-parts.js';
import type { NumberImputer } from './imputer.js';
import { damaged, readChoice, readList } from './state-reader.js';

/** A date as some of its parts (date-parts.ts). Of the default parts one that did not vary in the training rows has no feature. */
export class DateEncoder implements NumberColumnEncoder {
  readonly takes = 'number';
  readonly type = 'date';
  readonly features: readonly Feature[];
  readonly isScaled: readonly boolean[];

  /** @param parts at least one */
  constructor(
    readonly name: string,
    readonly parts: readonly DatePart[],
    readonly imputer: NumberImputer,
  ) {
    this.features = parts.map((part) => ({ name: `${name}.${part}`, column: name, kind: 'numeric' }));
    this.isScaled = parts.map(() => true);
  }

  /** Finds the parts that vary among the training rows. Cost: one pass. */
  static fit(
    column: { readonly name: string; readonly values: FeatureValues },
    rows: RowIndices,
    imputer: NumberImputer,
  ): DateEncoder {
    const first = new Map<DatePart, number>();
    const varies = new Set<DatePart>();
    for (let p = 0; p < rows.length; p++) {
      const value = column.values[rows[p] as number] as number;
      if (Number.isNaN(value)) continue;
      for (const part of DEFAULT_DATE_PARTS) {
        if (varies.has(part)) continue;
        const now = datePart(value, part);
        const before = first.get(part);
        if (before === undefined) first.set(part, now);
        else if (before !== now) varies.add(part);
      }
      if (varies.size === DEFAULT_DATE_PARTS.length) break;
    }
    const parts = DEFAULT_DATE_PARTS.filter((part) => part === 'epoch_days' || varies.has(part));
    return new DateEncoder(column.name, parts, imputer);
  }

  writeNumber(epochMs: number, out: Float64Array, at: number, featureStride: number): void {
    const { parts } = this;
    for (let k = 0, to = at; k < parts.length; k++, to += featureStride) {
      out[to] = datePart(epochMs, parts[k] as DatePart);
    }
  }

  writeMissing(out: Float64Array, at: number, featureStride: number): void {
    this.writeNumber(this.imputer.fill, out, at, featureStride);
  }

  toState(): Json {
    return [...this.parts];
  }

  /** @throws LearnError invalid_state */
  static fromState(state: unknown, name: string, imputer: NumberImputer, path: string): DateEncoder {
    const parts = readList(state, path).map((part, i) => readChoice(part, DATE_PARTS, `${path}[${i}]`));
    if (parts.length === 0 || new Set(parts).size !== parts.length) {
      throw damaged(path, 'a list of different parts');
    }
    return new DateEncoder(name, parts, imputer);
  }
}
