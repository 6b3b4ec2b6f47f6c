import { CategorySlots } from '../../preprocessing/category-slots.js';
import type { ColumnEncoder } from '../../preprocessing/column-encoder.js';
import { plainBytes } from './json-bytes.js';
import { aligned, CONTEXT, FREE_AT, type ReadingMemory } from './reading-memory.js';

const KINDS = { number: 0, text: 1, boolean: 2, date: 3, ignored: 4 } as const;
const COLUMN_WORDS = 8;
const PLACE_BYTES = 16;
/** What is in a place of a table that holds nothing. */
const NONE = 0xff;
const MIN_ODD_ROOM = 1024;
const ODD_BYTES = 12;

/**
 * What the kernel must know of a model's columns: their names as they stand in a body, and the categories with their slots.
 * It lies in the kernel's memory while the model is the one that reads; between, in an image.
 */
export class ReadingTables {
  /** Where a body can begin. */
  readonly endAt: number;
  readonly #encoders: readonly ColumnEncoder[];
  readonly #names: readonly string[];
  #image: Uint8Array | undefined;
  #context: Int32Array | undefined;

  /**
   * @param names of all columns that a row may have: first those of the encoders, then those that are ignored
   */
  constructor(encoders: readonly ColumnEncoder[], names: readonly string[]) {
    this.#encoders = encoders;
    this.#names = names;
    this.endAt = this.#layOut(undefined);
  }

  /** Makes the memory ready for this model. */
  install(memory: ReadingMemory): void {
    if (memory.owner === this) return;
    memory.reach(this.endAt);
    const { nOdd, columns } = CONTEXT;
    if (this.#image === undefined || this.#context === undefined) {
      memory.bytes.fill(0, FREE_AT, this.endAt);
      this.#layOut(memory);
      this.#image = memory.bytes.slice(FREE_AT, memory.words[CONTEXT.oddCells]);
      this.#context = memory.words.slice(columns, nOdd);
    } else {
      memory.bytes.set(this.#image, FREE_AT);
      memory.words.set(this.#context, columns);
    }
    memory.words[CONTEXT.rowNumber] = 0;
    memory.owner = this;
  }

  /** Lays all of it out; without a memory only to see how much it is. @returns where it ends */
  #layOut(memory: ReadingMemory | undefined): number {
    const nKnown = this.#names.length;
    let endAt: number = FREE_AT;
    const take = (nBytes: number): number => {
      const at = endAt;
      endAt = aligned(at + nBytes);
      return at;
    };
    const columns = take(nKnown * COLUMN_WORDS * 4);
    const order = take(nKnown * 4);
    const seen = take(nKnown * 4);
    for (const [k, name] of this.#names.entries()) {
      const encoder = this.#encoders[k];
      const key = new TextEncoder().encode(`${JSON.stringify(name)}:`);
      const keyAt = take(key.length);
      const texts = encoder?.takes === 'text' ? putTexts(memory, take, slotsOf(encoder)) : { at: 0, mask: 0 };
      if (memory === undefined) continue;
      memory.words[order / 4 + k] = k;
      memory.bytes.set(key, keyAt);
      const kind = encoder === undefined ? 'ignored' : encoder.takes === 'text' ? 'text' : encoder.type;
      const record = [KINDS[kind], keyAt, key.length, texts.at, texts.mask];
      memory.words.set(record, columns / 4 + k * COLUMN_WORDS);
    }
    const keys = putTexts(memory, take, new Map(this.#names.map((name, k) => [name, k])));
    const oddRoom = Math.max(MIN_ODD_ROOM, nKnown);
    const oddCells = take(oddRoom * ODD_BYTES);
    const nColumns = this.#encoders.length;
    const context = { columns, nColumns, nKnown, order, seen, keyTable: keys.at, keyMask: keys.mask };
    for (const [field, value] of Object.entries({ ...context, values: 0, oddCells, oddRoom })) {
      if (memory !== undefined) memory.words[CONTEXT[field as keyof typeof CONTEXT]] = value;
    }
    return endAt;
  }
}

/** A table of texts by their bytes, with what stands for each; texts that are always escaped are left out. */
function putTexts(
  memory: ReadingMemory | undefined,
  take: (nBytes: number) => number,
  values: ReadonlyMap<string, number>,
): { readonly at: number; readonly mask: number } {
  let nPlaces = 4;
  while (nPlaces < values.size * 2) nPlaces *= 2;
  const table = { at: take(nPlaces * PLACE_BYTES), mask: nPlaces - 1 };
  memory?.bytes.fill(NONE, table.at, table.at + nPlaces * PLACE_BYTES);
  for (const [text, value] of values) {
    const bytes = plainBytes(text);
    if (bytes === undefined || text === '') continue;
    const at = take(bytes.length);
    if (memory === undefined) continue;
    memory.bytes.set(bytes, at);
    memory.kernel.insert(table.at, table.mask, at, bytes.length, value);
  }
  return table;
}

function slotsOf(encoder: ColumnEncoder & { readonly takes: 'text' }): ReadonlyMap<string, number> {
  const { slots } = encoder;
  return new Map(slots instanceof CategorySlots ? slots.known().map((text) => [text, slots.find(text)]) : []);
}
