import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecipeStep } from '../../learn/recipe/index.js';
import { Duckdb, literal } from '../ingest/duckdb.js';
import { PREVIEW_MAX_ROWS, previewRecipe } from './recipe-task.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-preview-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A table whose only column is 0, 1, …, and a preview of what is left of it from `atLeast` on. */
async function preview(nRows: number, atLeast: number) {
  const tablePath = join(folder, `${nRows}.parquet`);
  const duckdb = await Duckdb.open({ threads: 1, memoryMb: 256, paths: [tablePath] });
  await duckdb.run(
    `COPY (SELECT CAST(range AS DOUBLE) AS c0 FROM range(${nRows})) TO ${literal(tablePath)} (FORMAT parquet, USE_TMP_FILE false)`,
  );
  duckdb.close();
  const steps: RecipeStep[] = [{ step: 'filter', condition: `x >= ${atLeast}` }];
  const columns = [{ name: 'x', type: 'number' as const }];
  return () => previewRecipe({ tablePath, columns, nRows, steps, threads: 2, memoryMb: 512 });
}

describe('a preview of a recipe', () => {
  it('works on all rows of a table that is no larger than the sample', async () => {
    const seen = await (await preview(PREVIEW_MAX_ROWS, PREVIEW_MAX_ROWS / 4))();
    expect(seen).toMatchObject({
      isSampled: false,
      nRowsBefore: PREVIEW_MAX_ROWS,
      nRowsAfter: (PREVIEW_MAX_ROWS * 3) / 4,
    });
  });

  it('works above on about so many rows of the whole table, the same ones every time, and counts those', async () => {
    const nRows = 1_000_000;
    const run = await preview(nRows, nRows / 4);
    const seen = await run();
    expect(seen.isSampled).toBe(true);
    expect(Math.abs(seen.nRowsBefore / PREVIEW_MAX_ROWS - 1)).toBeLessThan(0.02);
    // Rows from the first quarter alone would leave none; from all over, they leave three of four.
    expect(Math.abs(seen.nRowsAfter / seen.nRowsBefore - 0.75)).toBeLessThan(0.01);
    expect(seen.nRowsByStep).toEqual([seen.nRowsAfter]);
    expect(seen.rowsBefore).toHaveLength(100);
    expect(seen.rows).toHaveLength(100);
    const again = await run();
    expect([again.nRowsBefore, again.nRowsAfter]).toEqual([seen.nRowsBefore, seen.nRowsAfter]);
  });
});
