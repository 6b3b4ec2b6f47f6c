import { expect } from 'vitest';
import type { Task } from '../../../learn/estimator.js';
import type { JsonObject } from '../../../learn/json.js';
import type { Table } from '../../../learn/matrix/table.js';
import { createThreadPool } from '../../../learn/parallel/create-thread-pool.js';
import { completeSpec, type PartialSpec } from '../../../learn/pipeline/complete-spec.js';
import type { FittedPipeline } from '../../../learn/pipeline/fitted-pipeline.js';
import { columnFrom, tableFrom } from '../../../learn/pipeline/testing/toys.js';
import { trainPipeline } from '../../../learn/pipeline/train-pipeline.js';
import { Random } from '../../../learn/random.js';

const N_ROWS = 300;
const random = new Random(11);
const DAY_MS = 86_400_000;

/** Every type of column, with gaps; the targets follow from them. */
const ROWS: JsonObject[] = Array.from({ length: N_ROWS }, (_, i) => {
  const size = Math.round(random.normal() * 1000) / 100;
  const colour = ['red', 'green', 'blue', 'violet', 'blue'][i % 5] as string;
  const day = new Date(Date.UTC(1990, 0, 1) + random.below(12_000) * DAY_MS).toISOString();
  const score = size + (colour === 'blue' ? 3 : 0) + (i % 2) + random.normal() / 2;
  return {
    size: random.below(12) === 0 ? null : size,
    'shoe size': 30 + random.below(18),
    isMember: random.below(15) === 0 ? null : i % 2 === 0,
    colour: random.below(15) === 0 ? null : colour,
    town: `town ${random.below(40)}`,
    born: random.below(20) === 0 ? null : day,
    label: score < 0 ? 'low' : score < 3 ? 'middle' : 'high',
    isHigh: score > 2,
    value: 1000 + 50 * score,
  };
});

/** As rows may come later: all there, all missing, and of categories that nobody has seen. */
export const NEW_ROWS: JsonObject[] = [
  ...ROWS.slice(0, 60),
  { size: null, 'shoe size': 41, isMember: null, colour: null, town: null, born: null },
  { size: 2.5, 'shoe size': 39, isMember: true, colour: 'mauve', town: 'Atlantis', born: '1871-03-01' },
  { size: -40, 'shoe size': 12, isMember: false, colour: '', town: 'town 1', born: '2096-02-29T23:59:59Z' },
];

const TYPES = {
  size: 'number',
  'shoe size': 'number',
  isMember: 'boolean',
  colour: 'text',
  town: 'text',
  born: 'date',
  label: 'text',
  isHigh: 'boolean',
  value: 'number',
} as const;
export const TARGETS: Record<Task, string | null> = {
  classification: 'label',
  regression: 'value',
  clustering: null,
};

/** What an algorithm needs to be told beside its name: it takes no numbers below 0, or no fractions. */
export const OPTIONS: Readonly<Record<string, Partial<PartialSpec>>> = {
  multinomial_nb: { normalization: 'none', dropColumns: ['size', 'born'] },
  categorical_nb: { normalization: 'none', dropColumns: ['size', 'born'] },
  mlp_classifier: { parameters: { maxIter: 20 } },
  mlp_regressor: { parameters: { maxIter: 20 } },
};

export const MIXED_TABLE: Table = tableFrom(
  Object.entries(TYPES).map(([name, type]) =>
    columnFrom(
      name,
      type,
      ROWS.map((row) => row[name] as string | number | boolean | null),
    ),
  ),
);

/** Trains on these rows; the targets that are not asked for are left out. */
export async function trainMixed(partial: PartialSpec): Promise<FittedPipeline> {
  const targets = ['label', 'isHigh', 'value'].filter((name) => name !== partial.target);
  const dropColumns = [...targets, ...(partial.dropColumns ?? [])];
  const columns = MIXED_TABLE.columns.map(({ name, type }) => ({
    name,
    type,
    distinctCount: 50,
    nullCount: 0,
  }));
  const { spec, problems } = completeSpec({ ...partial, dropColumns }, { columns });
  expect(problems).toEqual([]);
  const context = { threads: createThreadPool({ size: 1 }), onProgress: () => {}, isCanceled: () => false };
  return (await trainPipeline(MIXED_TABLE, spec!, context)).pipeline;
}
