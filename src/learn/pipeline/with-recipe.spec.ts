import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import type { RecipeStep } from '../recipe/index.js';
import { RowRecipe } from '../recipe/row-recipe.js';
import { makeGoldenRows, replayGoldenRows } from './golden-rows.js';
import { pipelineFromParts, pipelineToParts } from './pipeline-parts.js';
import { columnFrom, tableFrom, toyAlgorithm, toyContext, toySpec } from './testing/toys.js';
import { trainPipeline } from './train-pipeline.js';
import { withRecipe } from './with-recipe.js';

const columns = [
  { name: 'age', type: 'number' },
  { name: 'siblings', type: 'number' },
  { name: 'parents', type: 'number' },
  { name: 'port', type: 'text' },
  { name: 'sailed', type: 'date' },
  { name: 'ticket', type: 'text' },
  { name: 'y', type: 'number' },
] as const;
const steps: RecipeStep[] = [
  { step: 'filter', condition: 'y is not null' },
  { step: 'derive', column: 'family', expression: 'siblings + parents + 1' },
  { step: 'fill', column: 'age', value: 28 },
  { step: 'clip', column: 'age', minimum: 1, maximum: 60 },
  { step: 'split_date', column: 'sailed', parts: ['month'] },
  { step: 'group_rare', column: 'port', keep: ['S', 'C'], into: 'other' },
  { step: 'rename', column: 'port', to: 'harbour' },
  { step: 'derive', column: 'unused', expression: 'length(ticket)' },
  { step: 'drop', columns: ['siblings', 'parents', 'ticket', 'sailed', 'unused'] },
];
const n = 60;
const raw = tableFrom([
  columnFrom(
    'age',
    'number',
    Array.from({ length: n }, (_, i) => (i % 7 === 0 ? null : i * 2)),
  ),
  columnFrom(
    'siblings',
    'number',
    Array.from({ length: n }, (_, i) => i % 3),
  ),
  columnFrom(
    'parents',
    'number',
    Array.from({ length: n }, (_, i) => (i % 5 === 0 ? null : i % 4)),
  ),
  columnFrom(
    'port',
    'text',
    Array.from({ length: n }, (_, i) => ['S', 'C', 'Q', 'B'][i % 4]!),
  ),
  columnFrom(
    'sailed',
    'date',
    Array.from({ length: n }, (_, i) => `1912-0${1 + (i % 9)}-10`),
  ),
  columnFrom(
    'ticket',
    'text',
    Array.from({ length: n }, (_, i) => `t${i}`),
  ),
  columnFrom(
    'y',
    'number',
    Array.from({ length: n }, (_, i) => i),
  ),
]);
const algorithm = toyAlgorithm('regression');

async function trained() {
  const all = RowRecipe.of(steps, columns, ['age', 'harbour', 'sailed_month', 'family', 'y'])!;
  const { pipeline } = await trainPipeline(all.applyToTable(raw), toySpec(algorithm), toyContext(algorithm));
  return withRecipe(pipeline, steps, columns, (asked) =>
    Promise.resolve(
      asked.map(({ name, type }) => ({
        name,
        type,
        nullable: true,
        ...(type === 'text' ? { categories: ['B', 'C', 'Q', 'S'] } : { minimum: 0, maximum: 100 }),
      })),
    ),
  );
}
const row = (i: number) => ({
  age: i % 7 === 0 ? null : i * 2,
  siblings: i % 3,
  parents: i % 5 === 0 ? null : i % 4,
  port: ['S', 'C', 'Q', 'B'][i % 4]!,
  sailed: `1912-0${1 + (i % 9)}-10`,
});

describe('a pipeline behind a recipe', () => {
  it('takes the columns of the data set that matter, and knows the others', async () => {
    const { signature } = await trained();
    expect(signature.inputs.map(({ name, type }) => [name, type])).toEqual([
      ['age', 'number'],
      ['siblings', 'number'],
      ['parents', 'number'],
      ['port', 'text'],
      ['sailed', 'date'],
    ]);
    expect(signature.ignored).toEqual(['ticket', 'y']);
  });

  it('gives for rows what it gives for the table, and the same when it was kept', async () => {
    const pipeline = await trained();
    const rows = Array.from({ length: n }, (_, i) => row(i));
    const { outputs, problems, warnings } = pipeline.predictRows(rows);
    expect(problems).toEqual([]);
    expect(warnings.filter(({ code }) => code === 'type_coerced')).toEqual([]);
    expect(outputs).toEqual(pipeline.predictTable(raw));
    const parts = JSON.parse(JSON.stringify({ ...pipelineToParts(pipeline), tensors: {} }));
    const kept = pipelineFromParts({ ...parts, tensors: pipelineToParts(pipeline).tensors }, () => algorithm);
    expect(kept.predictRows(rows).outputs).toEqual(outputs);
    expect(kept.signature).toEqual(pipeline.signature);
    const golden = makeGoldenRows(pipeline, new Random(1));
    expect(golden.rows).toHaveLength(20);
    expect(replayGoldenRows(kept, golden)).toEqual([]);
  });

  it('names what is wrong in the columns that were sent', async () => {
    const pipeline = await trained();
    const { parents: _, ...without } = row(3);
    const sent = [{ ...row(1), age: 'old', port: {} }, without, 7, { ...row(2), sailed: '1912-02-31' }];
    expect(
      pipeline.predictRows(sent).problems.map(({ code, row: at, column }) => [code, at, column]),
    ).toEqual([
      ['wrong_type', 0, 'age'],
      ['wrong_type', 0, 'port'],
      ['missing_column', 1, 'parents'],
      ['not_an_object', 2, undefined],
      ['wrong_type', 3, 'sailed'],
    ]);
    const { warnings } = pipeline.predictRows([{ ...row(1), age: '12', deck: 1, ticket: 'known' }]);
    expect(warnings.map(({ code, column }) => [code, column])).toEqual([
      ['type_coerced', 'age'],
      ['extra_column', 'deck'],
    ]);
  });

  it.each([
    ['steps', [{ step: 'filter', condition: 'age > 1' }]],
    ['steps', [{ step: 'derive', column: 'x', expression: 'nobody' }]],
    ['steps', 'x'],
    ['inputs', []],
    ['schemaVersion', 2],
  ])('refuses damaged %s', async (member, value) => {
    const { config, ...parts } = pipelineToParts(await trained());
    const recipe = { ...(config['recipe'] as object), [member]: value };
    expect(() =>
      pipelineFromParts({ ...parts, config: { ...config, recipe } as typeof config }, () => algorithm),
    ).toThrow(/recipe/);
  });
});
