import { beforeAll, describe, expect, it } from 'vitest';
import type { FittedPipeline } from '../../../learn/pipeline/fitted-pipeline.js';
import { withRecipe } from '../../../learn/pipeline/with-recipe.js';
import type { RecipeStep } from '../../../learn/recipe/index.js';
import { planRecipe } from '../../../learn/recipe/plan-recipe.js';
import { MIXED_TABLE, NEW_ROWS, trainMixed } from '../testing/mixed-rows.js';
import { largestDifference } from './check-onnx.js';
import { exportOnnx } from './export-onnx.js';
import { NotExpressible } from './not-expressible.js';
import { feedsFromRows } from './onnx-feeds.js';
import { loadRuntime, OnnxSession, type Runtime } from './onnx-session.js';

const COLUMNS = MIXED_TABLE.columns.map(({ name, type }) => ({ name, type }));
const SPELLINGS = [
  'blue',
  ' Blue ',
  'BLUE',
  'x',
  '12',
  ' -3.5e2 ',
  '1e',
  '.5',
  'tréma',
  'a|b',
  'ye\u017f',
  'Kin\u212a',
  'k\u0131n',
  '\u{1f600}\u{1f600}',
  'two\nlines',
];
const ROWS = [...NEW_ROWS, ...SPELLINGS.map((town) => ({ ...NEW_ROWS[0], town, colour: town }))];

/** Numbers that the columns of the trained model become, so that any of them being wrong changes what is predicted. */
const NUMBERS: readonly string[] = [
  'size + "shoe size" * 2 - 1',
  'size / ("shoe size" - 41)',
  'size % 3',
  '-abs(size) + floor(size) + ceil(size) + round(size * 2)',
  'ln(size) + log10("shoe size")',
  'sqrt(size) + exp(size / 10)',
  'power("shoe size" - 41, size - size)',
  'least(size, 3, "shoe size" - 40) + greatest(size, 0)',
  'if(size > 1 and not isMember, 1, if(size <= 1 or isMember, 2, 3))',
  'if(size is null, 4, 5) + coalesce(size, "shoe size")',
  "if(colour = 'blue', 1, 2) + if(colour <> 'red', 10, 20)",
  "if(colour in ('blue', 'green'), 1, if(colour in ('x', null), 2, 3))",
  'if("shoe size" in (41, 39), 1, 0)',
  "if(colour = town, 1, if(colour = coalesce(town, 'x'), 2, 3))",
  "if(lower(town) = 'blue', 1, 2) + if(lower(trim(colour)) = 'blue', 10, 20)",
  "if(lower(town) = 'yes', 1, 2) + if(lower(town) = 'kink', 10, 20)",
  "if(upper(town) = 'YES', 1, 2) + if(upper(trim(town)) = 'BLUE', 10, 20) + if(upper(town) in ('KIN', 'X'), 100, 200)",
  'if(length(town) > 4, 1, 2) + if(length(colour) = 3, 10, 20) + if(5 >= length(town), 100, 200)',
  'if(length(town) <> 2, 1, 2) + if(length(town) < 1, 10, 20) + if(length(town) in (1, 9), 100, 200)',
  "if(contains(town, '|'), 1, 2) + if(starts_with(town, 'town 1'), 10, 20) + if(ends_with(town, 'ma'), 100, 200)",
  "if(concat(town, '-', colour) = 'x-x', 1, 2)",
  'coalesce(number(town), 7)',
  'coalesce(number(trim(town)), 7)',
  'year(born) + month(born) / 100 + day(born) + weekday(born) + hour(born)',
  "date_diff_days(born, date('2000-01-01'))",
];

describe('a recipe in an ONNX model', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await loadRuntime();
  });

  /** A model that was trained without the recipe, and takes what comes out of it. */
  async function withSteps(steps: RecipeStep[]): Promise<FittedPipeline> {
    expect(planRecipe(steps, COLUMNS).problems).toEqual([]);
    const pipeline = await trainMixed({
      algorithm: 'linear_regression',
      target: 'value',
      normalization: 'none',
      columns: { size: { missing: 'median', addIndicator: true } },
    });
    const describeInputs = async (columns: readonly { name: string; type: string }[]) =>
      columns.map(({ name }) => {
        const type = COLUMNS.find((column) => column.name === name)?.type ?? 'number';
        return { name, type, nullable: true, minimum: 0, maximum: 1 };
      });
    return withRecipe(pipeline, steps, COLUMNS, describeInputs);
  }

  async function expectSame(pipeline: FittedPipeline, rows = ROWS): Promise<void> {
    const { file, outputs } = exportOnnx(pipeline, 'test 1');
    const session = await OnnxSession.open(runtime, file);
    const { outputs: expected, problems } = pipeline.predictRows(rows);
    expect(problems).toEqual([]);
    const found = await session.run(feedsFromRows(pipeline.signature.inputs, rows), outputs.numbers);
    expect(largestDifference(found, [...expected])).toBeLessThanOrEqual(1e-9);
    expect(new Set(expected).size).toBeGreaterThan(1);
    await session.close();
  }

  it.each(NUMBERS)('gives the same numbers: %s', async (expression) => {
    const steps: RecipeStep[] = [{ step: 'derive', column: 'size', expression }];
    await expectSame(await withSteps(steps));
  });

  it('does the other steps', async () => {
    const steps: RecipeStep[] = [
      { step: 'missing', column: 'colour', markers: ['x', 'red'] },
      { step: 'missing', column: 'shoe size', markers: [41, 30] },
      { step: 'fill', column: 'shoe size', value: 28 },
      { step: 'fill', column: 'colour', value: 'green' },
      { step: 'clip', column: 'size', minimum: -3, maximum: 4 },
      { step: 'group_rare', column: 'colour', keep: ['blue', 'green'], into: 'violet' },
      { step: 'rename', column: 'isMember', to: 'member' },
      { step: 'derive', column: 'isMember', expression: 'not member' },
      { step: 'drop', columns: ['member'] },
      { step: 'split_date', column: 'born', parts: ['year'] },
      { step: 'derive', column: 'size', expression: 'size + born_year' },
    ];
    await expectSame(await withSteps(steps));
  });

  it('reads texts as booleans', async () => {
    const steps: RecipeStep[] = [
      { step: 'retype', column: 'town', type: 'boolean' },
      { step: 'derive', column: 'size', expression: 'if(town, 1, if(not town, 2, 3))' },
      { step: 'derive', column: 'town', expression: "'town 1'" },
    ];
    const words = ['true', ' TRUE ', 'Yes', '1', 'no', 'FALSE', '0 ', 'perhaps', '', null];
    await expectSame(
      await withSteps(steps),
      words.map((town) => ({ ...NEW_ROWS[0], town })),
    );
  });

  it('says that it needs a newer opset only where it does', async () => {
    const plain = await withSteps([{ step: 'derive', column: 'size', expression: 'size + 1' }]);
    const texts = await withSteps([
      { step: 'derive', column: 'size', expression: "if(contains(town, '1'), 1, 2)" },
    ]);
    expect([plain, texts].map((pipeline) => exportOnnx(pipeline, 'test 1').opset)).toEqual([17, 20]);
  });

  it.each([
    ['length(town)', /length of a text/],
    ['if(upper(town) = colour, 1, 2)', /upper of a text/],
    ['if(length(town) > size, 1, 2)', /length of a text/],
    ["if(substring(town, 1, 2) = 'to', 1, 2)", /substring of a text/],
    ["if(replace(town, 'a', 'b') = 'b', 1, 2)", /replace of a text/],
    ['year(date(town))', /date of a text/],
    ['if(contains(town, colour), 1, 2)', /contains of a text/],
  ])('names what ONNX does not have: %s', async (expression, reason) => {
    const pipeline = await withSteps([{ step: 'derive', column: 'size', expression }]);
    expect(() => exportOnnx(pipeline, 'test 1')).toThrow(NotExpressible);
    expect(() => exportOnnx(pipeline, 'test 1')).toThrow(reason);
  });
});
