import type { Automaton } from './automaton.js';
import { compileAutomaton } from './automaton.js';
import {
  FIRST_MARKER,
  FIRST_YEAR_LAST,
  KIND,
  MARKERS,
  N_KINDS,
  spellingExpressions,
} from './spelling-kinds.js';
import {
  ALWAYS_MISSING,
  DATE_SEPARATORS,
  DAY_PLACES,
  type DateSeparator,
  type DayPlace,
  type NumberStyle,
} from './spellings.js';

/** The automaton of all spellings. Blanks around a cell are no part of it, unless cells are exact. */
export function spellingAutomaton(style: NumberStyle, isExact = false): Automaton {
  const blanks = isExact ? '' : '[ \t]*';
  return compileAutomaton(
    spellingExpressions(style).map((expression) => `${blanks}(${expression})${blanks}`),
  );
}

/** The kind of one cell, -1 for text. */
export function kindOf({ classes, next, start, accepts, nClasses }: Automaton, cell: string): number {
  let state = start;
  for (const byte of Buffer.from(cell)) state = next[state + classes[byte]!]!;
  return accepts[state / nClasses]!;
}

/** How many cells of each column are of which kind. */
export class KindCounts {
  #counts = new Float64Array(64 * (N_KINDS + 1));
  #nColumns = 64;

  /** More cells of the kind, -1 for text. Columns may come in any order. */
  add(column: number, kind: number, nCells = 1): void {
    while (column >= this.#nColumns) this.#grow();
    const slot = column * (N_KINDS + 1) + kind + 1;
    this.#counts[slot] = this.#counts[slot]! + nCells;
  }

  column(column: number): ColumnCounts {
    while (column >= this.#nColumns) this.#grow();
    return new ColumnCounts(this.#counts.subarray(column * (N_KINDS + 1), (column + 1) * (N_KINDS + 1)));
  }

  clear(): void {
    this.#counts.fill(0);
  }

  #grow(): void {
    const grown = new Float64Array(this.#counts.length * 2);
    grown.set(this.#counts);
    this.#counts = grown;
    this.#nColumns *= 2;
  }
}

/** The kinds of the cells of one column. */
export class ColumnCounts {
  constructor(
    private readonly counts: Float64Array,
    private readonly ownMarkers?: MarkerCounts,
  ) {}

  /**
   * The same cells where only these markers are missing: the usual ones are text, and a marker is no value of whatever
   * it is spelt like.
   */
  withMarkers(own: readonly { marker: string; kind: number; nCells: number }[]): ColumnCounts {
    const counts = Float64Array.from(this.counts);
    for (let kind = FIRST_MARKER; kind < N_KINDS; kind++) {
      counts[0] = counts[0]! + counts[kind + 1]!;
      counts[kind + 1] = 0;
    }
    for (const { kind, nCells } of own) {
      const slot = kind >= FIRST_MARKER ? 0 : kind + 1;
      counts[slot] = counts[slot]! - nCells;
    }
    const found = own.filter(({ nCells }) => nCells > 0);
    return new ColumnCounts(counts, {
      markers: found.map(({ marker }) => marker),
      nCells: found.reduce((sum, { nCells }) => sum + nCells, 0),
    });
  }

  get nText(): number {
    return this.counts[0]!;
  }

  of(kind: keyof typeof KIND): number {
    return this.counts[KIND[kind] + 1]!;
  }

  yearLast(separator: DateSeparator, place: DayPlace): number {
    const index = DATE_SEPARATORS.indexOf(separator) * DAY_PLACES.length + DAY_PLACES.indexOf(place);
    return this.counts[FIRST_YEAR_LAST + index + 1]!;
  }

  /** Cells that say something: neither empty nor a marker. */
  get nValues(): number {
    return (
      this.counts.subarray(0, FIRST_MARKER + 1).reduce((sum, count) => sum + count, 0) - this.of('empty')
    );
  }

  get alwaysMissing(): MarkerCounts {
    return this.ownMarkers ?? this.#markers(0, ALWAYS_MISSING.length);
  }

  get missingBesideValues(): MarkerCounts {
    return this.#markers(ALWAYS_MISSING.length, MARKERS.length);
  }

  #markers(from: number, to: number): MarkerCounts {
    const found = MARKERS.slice(from, to)
      .map((marker, offset) => ({ marker, count: this.counts[FIRST_MARKER + from + offset + 1]! }))
      .filter(({ count }) => count > 0);
    return {
      markers: found.map(({ marker }) => marker),
      nCells: found.reduce((sum, { count }) => sum + count, 0),
    };
  }
}

/** The missing markers that occur, and in how many cells. */
export interface MarkerCounts {
  readonly markers: readonly string[];
  readonly nCells: number;
}
