import { describe, expect, it } from 'vitest';
import type { Duel } from './duel.js';
import type { FittedPipeline } from './fitted-pipeline.js';
import { type Cell, columnFrom, tableFrom, toyAlgorithm, toyContext, toySpec } from './testing/toys.js';
import { trainPipeline } from './train-pipeline.js';

const classification = toyAlgorithm('classification');
const regression = toyAlgorithm('regression');
const forty = <T>(cell: (i: number) => T): T[] => Array.from({ length: 40 }, (_, i) => cell(i));
const numbers = forty((i) => (i % 2 === 0 ? i : i + 100));

/** The toy predicts by the sum of the features: high is the second class. */
async function train(options: {
  column?: string;
  target?: string;
  y: readonly Cell[];
  task?: typeof classification;
  champion?: FittedPipeline;
  weights?: readonly number[];
}) {
  const { column = 'x', target = 'y', y, task = classification, champion, weights } = options;
  const type = task === regression ? 'number' : 'text';
  const columns = [columnFrom(column, 'number', numbers), columnFrom(target, type, y)];
  if (weights !== undefined) columns.push(columnFrom('w', 'number', weights));
  const spec = { ...toySpec(task), target };
  return trainPipeline(tableFrom(columns), weights === undefined ? spec : { ...spec, sampleWeight: 'w' }, {
    ...toyContext(task),
    champion,
  });
}

const rightLabels = forty((i) => (i % 2 === 0 ? 'no' : 'yes'));
const wrongLabels = forty((i) => (i % 2 === 0 ? 'yes' : 'no'));

async function duelOf(champion: FittedPipeline, options: Parameters<typeof train>[0]): Promise<Duel> {
  const { duel } = await train({ ...options, champion });
  if (duel === undefined) throw new Error('there was no duel');
  return duel;
}

describe('a duel', () => {
  it('is fought only where there is a champion', async () => {
    expect((await train({ y: rightLabels })).duel).toBeUndefined();
  });

  it('is lost by an equal', async () => {
    const { pipeline } = await train({ y: rightLabels });
    const fought = await duelOf(pipeline, { y: rightLabels });
    expect(fought).toMatchObject({ metric: 'accuracy', nRows: 10, isWon: false });
    if ('champion' in fought) expect(fought.challenger).toBe(fought.champion);
  });

  it('compares labels by name, also those that one of the two does not know', async () => {
    const { pipeline } = await train({ y: rightLabels.map((label) => (label === 'no' ? 'never' : label)) });
    const fought = await duelOf(pipeline, { y: rightLabels });
    // What was "never" is "no" now: the champion is right where the answer is "yes".
    expect(fought).toMatchObject({ isWon: true, challenger: 1 });
    if ('champion' in fought) expect(fought.champion).toBeLessThan(1);
  });

  it('counts a row as much as it weighs', async () => {
    const { pipeline } = await train({ y: rightLabels.map((label) => (label === 'no' ? 'never' : label)) });
    // The champion is right about "yes" alone, and nothing else weighs anything.
    const weights = rightLabels.map((label) => (label === 'yes' ? 2 : 0));
    const fought = await duelOf(pipeline, { y: rightLabels, weights });
    expect(fought).toMatchObject({ challenger: 1, champion: 1, isWon: false });
    const y = forty((i) => (i % 2 === 0 ? i : i + 100));
    const values = await train({ y, task: regression });
    const alike = { y, task: regression, weights: forty(() => 3) };
    const unweighted = await duelOf(values.pipeline, { y, task: regression });
    const weighted = await duelOf(values.pipeline, alike);
    if (!('champion' in unweighted && 'champion' in weighted)) throw new Error('there was no duel');
    expect(weighted.champion).toBeCloseTo(unweighted.champion, 12);
    const nothing = await duelOf(pipeline, { y: rightLabels, weights: forty(() => 0) });
    expect(nothing).toEqual({ problem: 'no_rows', isWon: false });
  });

  it('is no duel when the champion cannot predict the rows', async () => {
    const { pipeline } = await train({ column: 'z', y: rightLabels });
    expect(await duelOf(pipeline, { y: rightLabels })).toEqual({ problem: 'unknown_column', isWon: false });
    const other = await train({ y: numbers, task: regression });
    expect(await duelOf(other.pipeline, { y: wrongLabels })).toEqual({ problem: 'other_task', isWon: false });
    const elsewhere = { target: 'z', y: rightLabels };
    const { pipeline: champion } = await train({ y: rightLabels });
    expect(await duelOf(champion, elsewhere)).toEqual({ problem: 'other_target', isWon: false });
  });
});
