/**
 * Bins of one node for a column that has codes, so that every criterion can count bins whatever the column is: each
 * code that occurs at the node gets its own bin, as long as there are at most 255 of them; else bins are quantiles of
 * the node's rows. So all nodes of at most 255 rows are searched exactly. Where a cut is drawn, two bins do.
 */
import type { Bins } from '../../matrix/number-types.js';
import { MAX_BINS, MISSING_BIN } from './binned-matrix.js';
import { type CodedMatrix, MAX_CODES, MISSING_CODE } from './coded-matrix.js';

/** From this many rows on, counting all codes is cheaper than sorting those of the node. */
const MANY_ROWS = 16_384;

export class NodeBins {
  /** By row: the bin, for rows of the node that was binned last. */
  readonly bins: Bins;
  /** By bin: the first and the last code in it. */
  readonly first = new Uint16Array(MAX_BINS);
  readonly last = new Uint16Array(MAX_BINS);
  nBins = 0;
  private readonly binOfCode = new Uint8Array(MAX_CODES + 1);
  private readonly counts = new Uint32Array(MAX_CODES + 1);
  private readonly scratch: Uint16Array;

  constructor(
    private readonly coded: CodedMatrix,
    private readonly rows: Uint32Array,
  ) {
    this.bins = new Uint8Array(coded.nSamples);
    this.scratch = new Uint16Array(Math.min(rows.length, MANY_ROWS));
    this.binOfCode[MISSING_CODE] = MISSING_BIN;
  }

  /** Bins the rows rows[start..end) by a feature's codes. */
  bin(feature: number, start: number, end: number): void {
    const { rows, bins, binOfCode } = this;
    const { codes } = this.coded;
    const base = this.coded.codeOffsets[feature] as number;
    if (end - start < MANY_ROWS) this.listBySorting(base, start, end);
    else this.listByCounting(base, start, end, this.coded.nBins[feature] as number);
    for (let k = start; k < end; k++) {
      const row = rows[k] as number;
      bins[row] = binOfCode[codes[base + row] as number] as number;
    }
  }

  /**
   * For random cuts: codes up to a drawn one are bin 0, all others bin 1. Quantiles would move the cut to the end of one.
   * @param draw chooses the last code of bin 0 from the least and the largest code at the node; not called where
   * these are the same
   */
  divide(feature: number, start: number, end: number, draw: (least: number, most: number) => number): void {
    const { rows, first, last } = this;
    const { codes } = this.coded;
    const base = this.coded.codeOffsets[feature] as number;
    let least = MISSING_CODE;
    let most = -1;
    for (let k = start; k < end; k++) {
      const code = codes[base + (rows[k] as number)] as number;
      if (code === MISSING_CODE) continue;
      if (code < least) least = code;
      if (code > most) most = code;
    }
    const cut = least < most ? draw(least, most) : most;
    first[0] = least;
    last[0] = cut;
    first[1] = cut + 1;
    last[1] = most;
    this.nBins = most < 0 ? 0 : least < most ? 2 : 1;
    this.markBins(base, cut, MISSING_BIN, start, end);
  }

  /** Writes 0 for rows whose code is at most `lastLeft`, else 1; `missing` where the value is missing. */
  markSides(feature: number, lastLeft: number, missing: number, start: number, end: number): void {
    this.markBins(this.coded.codeOffsets[feature] as number, lastLeft, missing, start, end);
  }

  private markBins(base: number, lastLeft: number, missing: number, start: number, end: number): void {
    const { rows, bins } = this;
    const { codes } = this.coded;
    for (let k = start; k < end; k++) {
      const row = rows[k] as number;
      const code = codes[base + row] as number;
      bins[row] = code === MISSING_CODE ? missing : code > lastLeft ? 1 : 0;
    }
  }

  private listBySorting(base: number, start: number, end: number): void {
    const { rows, scratch } = this;
    const { codes } = this.coded;
    let count = 0;
    for (let k = start; k < end; k++) {
      const code = codes[base + (rows[k] as number)] as number;
      if (code !== MISSING_CODE) scratch[count++] = code;
    }
    const sorted = scratch.subarray(0, count).sort();
    let nDistinct = 0;
    for (let k = 0; k < count; k++) if (k === 0 || sorted[k] !== sorted[k - 1]) nDistinct++;
    this.begin(nDistinct, count);
    for (let k = 0; k < count; ) {
      const code = sorted[k] as number;
      let next = k + 1;
      while (next < count && sorted[next] === code) next++;
      this.add(code, next - k);
      k = next;
    }
  }

  private listByCounting(base: number, start: number, end: number, nCodes: number): void {
    const { rows, counts } = this;
    const { codes } = this.coded;
    for (let k = start; k < end; k++) {
      const code = codes[base + (rows[k] as number)] as number;
      counts[code] = (counts[code] as number) + 1;
    }
    let nDistinct = 0;
    for (let code = 0; code < nCodes; code++) if (counts[code] !== 0) nDistinct++;
    this.begin(nDistinct, end - start - (counts[MISSING_CODE] as number));
    counts[MISSING_CODE] = 0;
    for (let code = 0; code < nCodes; code++) {
      const count = counts[code] as number;
      if (count === 0) continue;
      counts[code] = 0;
      this.add(code, count);
    }
  }

  /** Rows a bin holds before it closes; 0: each code has its own. */
  private share = 0;
  private inBin = 0;

  private begin(nDistinct: number, nRows: number): void {
    this.nBins = 0;
    this.inBin = 0;
    this.share = nDistinct <= MAX_BINS ? 0 : nRows / MAX_BINS;
  }

  private add(code: number, count: number): void {
    const { first, last } = this;
    if (this.inBin === 0) first[this.nBins++] = code;
    const bin = this.nBins - 1;
    last[bin] = code;
    this.binOfCode[code] = bin;
    this.inBin += count;
    if (this.inBin >= this.share && this.nBins < MAX_BINS) this.inBin = 0;
  }
}
