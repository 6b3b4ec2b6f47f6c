import type { FileHandle } from 'node:fs/promises';
import { Problem } from '../../errors/problem.js';
import { unreadable } from '../ingest/defects.js';
import type { IngestInput } from '../ingest/ingest-types.js';
import { type ArrowField, bufferKinds, readSchema } from './arrow-layout.js';
import { FlatbufferError, FlatTable, sizeAt } from './flatbuffer.js';

/**
 * Looks over an Arrow file before its reader does: that reader believes every length it meets, so that a few changed
 * bits make it ask for any memory, never end, or give values that nobody wrote.
 *
 * The messages are walked one by one: each length against the file, each flatbuffer against its bytes, each record
 * batch against the schema (how many columns and buffers it must have, how long each must be for the rows that it
 * says), and the offsets of texts and lists against each other. What is held is one message and a part of one buffer.
 *
 * In a stream the messages follow each other; in a file a footer says where they are, and the reader goes by it.
 */

const MESSAGE = { schema: 1, dictionary: 2, batch: 3 } as const;
const CONTINUATION = 0xffffffff;
const MAGIC = Buffer.from('ARROW1');
/** Magic and padding in front; length of the footer and magic behind. */
const FRONT_BYTES = 8;
const TAIL_BYTES = 10;
/** Of a message or the footer: names and places, no values. */
const MAX_METADATA_BYTES = 64 * 1024 * 1024;
const BLOCK_BYTES = 24;
const NODE_BYTES = 16;
const MAX_MESSAGES = 1_000_000;
/** A part of an offsets buffer; a whole number of offsets of either width. */
const PART_BYTES = 1024 * 1024;

interface Message {
  readonly type: number;
  readonly header: FlatTable;
  readonly bodyStart: number;
  readonly bodyBytes: number;
  /** Where the next one starts. */
  readonly end: number;
}

interface Place {
  readonly offset: number;
  readonly nBytes: number;
}

/** @throws Problem dataset_unreadable: damaged_arrow, arrow_compressed, too_large_uncompressed */
export async function validateArrow(
  file: FileHandle,
  isFile: boolean,
  limits: IngestInput['limits'],
): Promise<void> {
  try {
    const validation = new Validation(file, (await file.stat()).size, limits);
    await (isFile ? validation.walkFile() : validation.walkStream());
  } catch (error) {
    if (error instanceof FlatbufferError || error instanceof RangeError) throw damagedArrow();
    throw error;
  }
}

export function damagedArrow(): Problem {
  return unreadable('damaged_arrow', 'The Arrow data is damaged or ends early.');
}

class Validation {
  #fields: readonly ArrowField[] | undefined;
  readonly #dictionaries = new Map<bigint, ArrowField>();
  #nCells = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly nFileBytes: number,
    private readonly limits: IngestInput['limits'],
  ) {}

  async walkStream(): Promise<void> {
    let position = 0;
    for (let count = 0; position < this.nFileBytes; count++) {
      if (count > MAX_MESSAGES) throw damagedArrow();
      const message = await this.#message(position);
      if (message === undefined) break;
      await this.#check(message);
      position = message.end;
    }
    if (this.#fields === undefined) throw damagedArrow();
  }

  async walkFile(): Promise<void> {
    if (this.nFileBytes < FRONT_BYTES + TAIL_BYTES) throw damagedArrow();
    const tailStart = this.nFileBytes - TAIL_BYTES;
    const tail = await this.#read(tailStart, TAIL_BYTES);
    const nFooterBytes = tail.getInt32(0, true);
    const isClosed = MAGIC.every((byte, index) => tail.getUint8(4 + index) === byte);
    if (!isClosed || nFooterBytes <= 0 || nFooterBytes > tailStart - FRONT_BYTES) throw damagedArrow();
    const footer = FlatTable.root(await this.#metadata(tailStart - nFooterBytes, nFooterBytes));
    this.#takeSchema(footer.table(1));
    // Two footers may name the same message a million times: a walk is as long as the file, or it is refused.
    let nBytes = 0;
    for (const [field, type] of [
      [2, MESSAGE.dictionary],
      [3, MESSAGE.batch],
    ] as const) {
      const blocks = footer.vector(field, BLOCK_BYTES);
      for (let index = 0; index < blocks.length; index++) {
        const message = await this.#message(sizeAt(footer.bytes, blocks.from + index * BLOCK_BYTES));
        if (message === undefined || message.type !== type) throw damagedArrow();
        nBytes += message.bodyBytes + 8;
        if (nBytes > this.nFileBytes) throw damagedArrow();
        await this.#check(message);
      }
    }
  }

  /** Undefined at the mark of the end, which a stream may have. */
  async #message(position: number): Promise<Message | undefined> {
    if (position + 4 > this.nFileBytes) throw damagedArrow();
    const first = (await this.#read(position, 4)).getUint32(0, true);
    const isMarked = first === CONTINUATION;
    const nBytes = isMarked ? (await this.#read(position + 4, 4)).getInt32(0, true) : first;
    const start = position + (isMarked ? 8 : 4);
    if (nBytes === 0) return undefined;
    const message = FlatTable.root(await this.#metadata(start, nBytes));
    const header = message.table(2);
    const bodyBytes = message.size(3);
    const bodyStart = start + nBytes;
    if (header === undefined || bodyStart + bodyBytes > this.nFileBytes) throw damagedArrow();
    return { type: message.uint8(1), header, bodyStart, bodyBytes, end: bodyStart + bodyBytes };
  }

  async #check(message: Message): Promise<void> {
    const { type, header } = message;
    if (type === MESSAGE.schema && this.#fields === undefined) this.#takeSchema(header);
    else if (type === MESSAGE.batch && this.#fields !== undefined) {
      this.#nCells += header.size(0) * this.#fields.length;
      // A batch of nulls takes a few bytes, however many rows it says.
      if (this.#nCells > this.limits.maxUncompressedBytes) {
        throw unreadable('too_large_uncompressed', 'The file has more cells than a data set may have.');
      }
      await this.#checkBatch(header, this.#fields, message);
    } else if (type === MESSAGE.dictionary && this.#fields !== undefined) {
      const values = this.#dictionaries.get(BigInt(header.size(0)));
      const batch = header.table(1);
      if (values === undefined || batch === undefined) throw damagedArrow();
      await this.#checkBatch(batch, [values], message);
    } else throw damagedArrow();
  }

  #takeSchema(schema: FlatTable | undefined): void {
    if (schema === undefined) throw damagedArrow();
    this.#fields = readSchema(schema, this.limits.maxColumns, this.#dictionaries);
  }

  async #checkBatch(batch: FlatTable, fields: readonly ArrowField[], message: Message): Promise<void> {
    if (batch.table(3) !== undefined) {
      throw unreadable('arrow_compressed', 'The buffers are compressed; write the file without compression.');
    }
    const nodes = batch.vector(1, NODE_BYTES);
    const buffers = batch.vector(2, NODE_BYTES);
    let nNodes = 0;
    let nBuffers = 0;
    const nextNode = (): number => {
      if (nNodes >= nodes.length) throw damagedArrow();
      const place = nodes.from + nNodes++ * NODE_BYTES;
      const length = sizeAt(batch.bytes, place);
      if (sizeAt(batch.bytes, place + 8) > length) throw damagedArrow();
      return length;
    };
    const nextBuffer = (): Place => {
      if (nBuffers >= buffers.length) throw damagedArrow();
      const place = buffers.from + nBuffers++ * NODE_BYTES;
      const offset = sizeAt(batch.bytes, place);
      const nBytes = sizeAt(batch.bytes, place + 8);
      if (offset + nBytes > message.bodyBytes) throw damagedArrow();
      return { offset: message.bodyStart + offset, nBytes };
    };
    const nRows = batch.size(0);
    for (const field of fields) await this.#checkField(field, nRows, nextNode, nextBuffer);
    if (nNodes !== nodes.length || nBuffers !== buffers.length) throw damagedArrow();
  }

  /** @param minLength the rows that whatever holds this field needs of it */
  async #checkField(
    field: ArrowField,
    minLength: number,
    nextNode: () => number,
    nextBuffer: () => Place,
  ): Promise<void> {
    const length = nextNode();
    if (length < minLength) throw damagedArrow();
    let childLength = field.childFactor * length;
    const kinds = bufferKinds(field);
    let previousEnd = 0;
    for (const kind of kinds) {
      const buffer = nextBuffer();
      if (kind.kind === 'validity') {
        if (buffer.nBytes > 0 && buffer.nBytes * 8 < length) throw damagedArrow();
      } else if (kind.kind === 'values') {
        if (buffer.nBytes * 8 < length * kind.nBits) throw damagedArrow();
      } else if (kind.kind === 'offsets') {
        previousEnd = await this.#lastOffset(buffer, length, kind.nBytes);
        childLength = previousEnd;
      } else if (buffer.nBytes < previousEnd) throw damagedArrow();
    }
    for (const child of field.children) await this.#checkField(child, childLength, nextNode, nextBuffer);
  }

  /** Offsets begin at 0 or more and never fall. Returns the last. */
  async #lastOffset({ offset, nBytes }: Place, length: number, width: 4 | 8): Promise<number> {
    // A column of no rows may leave out its only offset.
    if (length === 0 && nBytes === 0) return 0;
    const nWanted = (length + 1) * width;
    if (nBytes < nWanted) throw damagedArrow();
    let last = 0;
    for (let done = 0; done < nWanted; done += PART_BYTES) {
      const part = await this.#read(offset + done, Math.min(PART_BYTES, nWanted - done));
      for (let place = 0; place < part.byteLength; place += width) {
        const value = width === 4 ? part.getInt32(place, true) : sizeAt(part, place);
        if (value < last) throw damagedArrow();
        last = value;
      }
    }
    return last;
  }

  #metadata(start: number, nBytes: number): Promise<DataView> {
    if (nBytes < 0 || nBytes > MAX_METADATA_BYTES || start + nBytes > this.nFileBytes) throw damagedArrow();
    return this.#read(start, nBytes);
  }

  async #read(start: number, nBytes: number): Promise<DataView> {
    if (start < 0 || start + nBytes > this.nFileBytes) throw damagedArrow();
    const { buffer, bytesRead } = await this.file.read(Buffer.alloc(nBytes), 0, nBytes, start);
    if (bytesRead < nBytes) throw damagedArrow();
    return new DataView(buffer.buffer, buffer.byteOffset, nBytes);
  }
}
