import { Random } from '../../../learn/random.js';

/** Which rows of a file go to the log of predictions. */
export interface SampleQuestion {
  /** 0..1: of how many of the rows. */
  readonly share: number;
  readonly seed: number;
}

/** A row that goes to the log: what was sent and what came out. */
export interface SampledRow {
  /** Of the file, from 0. */
  readonly row: number;
  readonly input: object;
  readonly outputs: readonly number[];
  /** Classification: the index of the class. */
  readonly decision: number | null;
  readonly warnings: readonly { readonly code: string; readonly column: string }[];
}

/** Of one file: drift shows in so many rows, and the log is no copy of files. */
const MAX_ROWS = 5_000;
const MAX_CELLS = 250_000;
/** Of all rows as JSON: a single text may be as long as the file. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/**
 * Chooses rows of a file evenly, in one pass and in their order: selection sampling (Knuth, The Art of Computer Programming,
 * volume 2, 3.4.2, algorithm S). What was chosen is kept until the file has ended, in bounded memory.
 */
export class RowSample {
  readonly rows: SampledRow[] = [];
  readonly #random: Random;
  readonly #nWanted: number;
  #nSeen = 0;
  #nChosen = 0;
  #nCharacters = 0;
  #nLost = 0;

  /** @param nColumns of a row */
  constructor(
    { share, seed }: SampleQuestion,
    private readonly nRows: number,
    nColumns: number,
  ) {
    this.#random = new Random(seed);
    // Rounded by chance: of many files of one row, the share is kept.
    const nAsked = Math.floor(share * nRows + this.#random.next());
    this.#nWanted = Math.min(nAsked, nRows, MAX_ROWS, Math.ceil(MAX_CELLS / Math.max(1, nColumns)));
    this.#nLost = nAsked - this.#nWanted;
  }

  /** How many rows were asked for and are more than one file may leave. */
  get nLost(): number {
    return this.#nLost;
  }

  /** The places of the chosen ones among the next rows. */
  choose(nNext: number): number[] {
    const places: number[] = [];
    for (let place = 0; place < nNext; place++, this.#nSeen++) {
      const nLeft = this.nRows - this.#nSeen;
      if (this.#random.next() * nLeft >= this.#nWanted - this.#nChosen) continue;
      this.#nChosen++;
      places.push(place);
    }
    return places;
  }

  add(row: SampledRow): void {
    this.#nCharacters += JSON.stringify(row).length;
    if (this.#nCharacters <= MAX_CHARACTERS) this.rows.push(row);
    else this.#nLost++;
  }
}
