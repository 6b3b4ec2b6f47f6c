import { describe, expect, it } from 'vitest';
import type { Scores, ScoringInput, ServedModel } from '../../scoring/served-model.js';
import { nRowsOf } from '../../scoring/served-model.js';
import { ServedPipeline } from '../../scoring/served-pipeline.js';
import { toyPipeline } from '../../testing/toy-pipeline.js';
import { RowScorer } from './score-rows.js';

const model = new ServedPipeline(toyPipeline(['no', 'yes'], [0.25, 0.75]));
const row = (age: unknown, job: unknown = 'a') => ({ age, job });

describe('scoring rows of which some are unfit', () => {
  it('predicts the others, wherever the unfit ones are', async () => {
    for (const nRows of [1, 3, 250, 2_500]) {
      const rows = Array.from({ length: nRows }, (_, i) => row(i % 3 === 1 ? 'x' : 20));
      const { outputs, problems, nWarnings } = await new RowScorer(model).score(rows);
      expect([...problems.keys()].sort((a, b) => a - b)).toEqual(
        rows.flatMap((_, i) => (i % 3 === 1 ? [i] : [])),
      );
      for (const i of rows.keys()) {
        if (i % 3 === 1) expect(problems.get(i)).toMatchObject([{ code: 'wrong_type', column: 'age' }]);
        else expect([...outputs.subarray(2 * i, 2 * i + 2)]).toEqual([0.25, 0.75]);
      }
      expect(nWarnings.some((n) => n > 0)).toBe(false);
    }
  });

  it('takes rows of which every one is unfit', async () => {
    const rows = Array.from({ length: 1_000 }, () => row('x', []));
    const { problems } = await new RowScorer(model).score(rows);
    expect(problems.size).toBe(1_000);
    expect(problems.get(0)).toMatchObject([
      { code: 'wrong_type', column: 'age' },
      { code: 'wrong_type', column: 'job' },
    ]);
  });

  it('counts warnings exactly, also beyond those that a reply lists', async () => {
    const scorer = new RowScorer(model);
    for (let times = 0; times < 2; times++) {
      const rows = Array.from({ length: 2_100 }, (_, i) => (i % 2 === 0 ? row(null, 'new') : row(200)));
      const { nWarnings } = await scorer.score(rows);
      expect([...nWarnings]).toEqual(rows.map((_, i) => (i % 2 === 0 ? 2 : 1)));
    }
  });

  it('takes a number that is not finite for a problem of its row', async () => {
    const overflowing: ServedModel = {
      signature: model.signature,
      outputKind: 'value',
      nOutputs: 1,
      runs: 'here',
      score: (input: ScoringInput): Scores => ({
        outputs: Float64Array.from({ length: nRowsOf(input) }, (_, i) => (i === 1 ? Infinity : i)),
        problems: [],
        warnings: [],
        nWarningsLeftOut: 0,
      }),
    };
    const { problems } = await new RowScorer(overflowing).score([row(1), row(2), row(3)]);
    expect([...problems]).toEqual([[1, [expect.objectContaining({ code: 'numerical_failure' })]]]);
  });
});
