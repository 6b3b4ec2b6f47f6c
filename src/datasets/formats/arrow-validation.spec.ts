import * as arrow from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../errors/problem.js';
import { ingestFile, refusalOf } from '../ingest/testing/ingest-file.js';

const table = new arrow.Table({
  number: arrow.vectorFromArray([1.5, null, 3], new arrow.Float64()),
  whole: arrow.vectorFromArray([1, 2, null], new arrow.Int32()),
  text: arrow.vectorFromArray(['one', null, 'three'], new arrow.Utf8()),
  label: arrow.vectorFromArray(['a', 'b', 'a']),
  list: arrow.vectorFromArray([[1, 2], [3], []], new arrow.List(new arrow.Field('item', new arrow.Int32()))),
});
const FILES = {
  file: Buffer.from(arrow.tableToIPC(table, 'file')),
  stream: Buffer.from(arrow.tableToIPC(table, 'stream')),
};
/** Below it a machine that is busy with other things is told apart from a reader that does not end. */
const TIMEOUT_MS = 120_000;
/** A batch or an offset in these files has three rows; nothing that is read of them may be much more. */
const MAX_SOUND_ROWS = 1_000;

/** A table, or a refusal of the data; whatever else is an error of the test. */
async function outcome(bytes: Buffer): Promise<string> {
  try {
    const { nRows } = await ingestFile(bytes, { limits: { maxUncompressedBytes: 100_000 } });
    expect(nRows).toBeLessThan(MAX_SOUND_ROWS);
    return 'table';
  } catch (error) {
    if (error instanceof Problem) return error.errors[0]?.code ?? error.code;
    throw error;
  }
}

describe('Arrow', () => {
  it.each(['file', 'stream'] as const)('%s: is read when it is sound', async (kind) => {
    const { rows } = await ingestFile(FILES[kind]);
    expect(rows).toEqual([
      [1.5, 1, 'one', 'a', '[1,2]'],
      [null, 2, null, 'b', '[3]'],
      [3, null, 'three', 'a', '[]'],
    ]);
  });

  it(
    'file: is refused wherever it is cut off',
    async () => {
      for (let end = 8; end < FILES.file.length; end += 61) {
        expect(await outcome(FILES.file.subarray(0, end)), `${end} bytes`).toBe('damaged_arrow');
      }
    },
    TIMEOUT_MS,
  );

  it(
    'stream: is refused wherever it is cut off but between two messages',
    async () => {
      const outcomes = new Set<string>();
      for (let end = 9; end < FILES.stream.length - 8; end += 47) {
        outcomes.add(await outcome(FILES.stream.subarray(0, end)));
      }
      expect(outcomes).toContain('damaged_arrow');
      expect([...outcomes].filter((one) => one !== 'damaged_arrow' && one !== 'no_rows')).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each(['file', 'stream'] as const)(
    '%s: with a bit changed is a table or a refusal, in this process and soon',
    async (kind) => {
      const outcomes = new Map<string, number>();
      // A step that is no multiple of eight comes to every bit of a byte.
      for (let bit = 0; bit < FILES[kind].length * 8; bit += 149) {
        const bytes = Buffer.from(FILES[kind]);
        bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
        const found = await outcome(bytes);
        outcomes.set(found, (outcomes.get(found) ?? 0) + 1);
      }
      expect(outcomes.get('damaged_arrow')).toBeGreaterThan(5);
    },
    TIMEOUT_MS,
  );

  it.each([
    ['text offsets that fall', 'text', 0x7fffffff],
    ['list offsets beyond the items', 'list', 0x00ffffff],
  ] as const)('refuses %s', async (_name, column, value) => {
    const one = new arrow.Table({ [column]: table.getChild(column)! });
    const bytes = Buffer.from(arrow.tableToIPC(one, 'stream'));
    // The offsets 0 3 3 8 of the texts, 0 2 3 3 of the lists.
    const last = column === 'text' ? [3, 3, 8] : [2, 3, 3];
    const wanted = Buffer.from(Int32Array.of(0, ...last).buffer);
    const at = bytes.lastIndexOf(wanted);
    expect(at).toBeGreaterThan(0);
    bytes.writeInt32LE(value, at + 8);
    const { status, errors } = await refusalOf(bytes);
    expect([status, errors[0]?.code]).toEqual([415, 'damaged_arrow']);
  });

  it('refuses a batch of nulls that says more rows than a data set may have', async () => {
    const nulls = new arrow.Table({ n: arrow.vectorFromArray([null, null], new arrow.Null()) });
    const bytes = Buffer.from(arrow.tableToIPC(nulls, 'stream'));
    // Length of the batch and of its only node.
    const two = Buffer.from(BigInt64Array.of(2n).buffer);
    for (let at = bytes.indexOf(two); at !== -1; at = bytes.indexOf(two, at + 8)) {
      bytes.writeBigInt64LE(2n ** 40n, at);
    }
    const { errors } = await refusalOf(bytes);
    expect(errors[0]?.code).toBe('too_large_uncompressed');
  });

  it('refuses schemas that are wider or deeper than they may be', async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`c${index}`, Float64Array.of(1)]),
    );
    const { errors } = await refusalOf(arrow.tableToIPC(arrow.tableFromArrays(wide), 'file'));
    expect(errors[0]?.code).toBe('too_many_columns');
    let type: arrow.DataType = new arrow.Int32();
    let value: unknown = 1;
    for (let depth = 0; depth < 20; depth++) {
      type = new arrow.List(new arrow.Field('item', type));
      value = [value];
    }
    const deep = new arrow.Table({ deep: arrow.vectorFromArray([value], type) });
    expect((await refusalOf(arrow.tableToIPC(deep, 'file'))).errors[0]?.code).toBe('damaged_arrow');
  });
});
