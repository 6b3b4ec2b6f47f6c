import { execFile, execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartialSpec } from '../../src/learn/pipeline/complete-spec.js';
import type { FittedPipeline } from '../../src/learn/pipeline/fitted-pipeline.js';
import { makeGoldenRows } from '../../src/learn/pipeline/golden-rows.js';
import { withRecipe } from '../../src/learn/pipeline/with-recipe.js';
import { Random } from '../../src/learn/random.js';
import type { RecipeStep } from '../../src/learn/recipe/index.js';
import { ALGORITHMS } from '../../src/learn/registry.js';
import { writeBundle } from '../../src/models/bundle/write-bundle.js';
import {
  MIXED_TABLE,
  NEW_ROWS,
  OPTIONS,
  TARGETS,
  trainMixed,
} from '../../src/models/export/testing/mixed-rows.js';

const EXAMPLES = fileURLToPath(new URL('../../examples/python', import.meta.url));
const OPEN_BUNDLE = join(EXAMPLES, 'open_bundle.py');
const signingKey = generateKeyPairSync('ed25519').privateKey;
const COLUMNS = MIXED_TABLE.columns.map(({ name, type }) => ({ name, type }));

/** Asks many bundles in one process, which is all that differs from calling the script for each. */
const PROGRAM = `
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, ${JSON.stringify(EXAMPLES)})
from open_bundle import open_bundle, predict
rows = json.load(open("rows.json"))
answers = {}
for name in sys.argv[1:]:
    bundle = open_bundle(name + ".zip")
    answers[name] = [predict(bundle, row) for row in rows]
print(json.dumps(answers))
`;

/** Where there is no Python this is left out, and says so; nothing but Python itself is needed. */
function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('no Python 3.9 or later: examples/python/open_bundle.py is not tested\n');
    return false;
  }
}

const STEPS: Record<string, Partial<PartialSpec>> = {
  ...Object.fromEntries(
    (['min_max', 'std', 'robust', 'quantile_uniform', 'quantile_normal', 'power'] as const).map(
      (normalization) => [normalization, { normalization }],
    ),
  ),
  neighbours: { columns: { size: { missing: 'knn' }, 'shoe size': { missing: 'knn' } } },
  hashes: { columns: { town: { encoding: 'hashing', nBuckets: 16, addIndicator: true } } },
  means: {
    columns: {
      colour: { encoding: 'target', unseen: 'rare' },
      town: { encoding: 'target', minFrequency: 8 },
    },
  },
  slots: {
    columns: {
      colour: { encoding: 'ordinal', unseen: 'missing', addIndicator: true },
      town: { minFrequency: 8 },
    },
  },
  dates: {
    columns: {
      born: {
        dateParts: ['epoch_days', 'year', 'quarter', 'month', 'day', 'day_of_year', 'weekday', 'hour'],
        missing: 'median',
        addIndicator: true,
      },
    },
  },
};

const RECIPE: RecipeStep[] = [
  { step: 'missing', column: 'colour', markers: ['red', 'mauve'] },
  { step: 'fill', column: 'colour', value: 'green' },
  { step: 'group_rare', column: 'colour', keep: ['blue', 'green'], into: 'violet' },
  { step: 'clip', column: 'size', minimum: -3, maximum: 4 },
  { step: 'split_date', column: 'born', parts: ['year', 'weekday'] },
  { step: 'rename', column: 'isMember', to: 'member' },
  { step: 'retype', column: 'member', type: 'number' },
  {
    step: 'derive',
    column: 'extra',
    expression:
      "case when member = 1 and not (colour in ('blue', 'x')) then round(sqrt(abs(size)) * 2.5) when size is null then -1 else length(upper(trim(town))) % 7 end",
  },
  {
    step: 'derive',
    column: 'size',
    expression:
      "coalesce(number(substring(town, 6, 2)), 3) + extra + if(starts_with(town, 'town 1') or contains(town, '3'), 0.5, -power(2, 3) / 4)",
  },
  {
    step: 'derive',
    column: 'shoe size',
    expression:
      'date_diff_days(date(\'2000-01-01\'), born) / 1000 + born_weekday - greatest("shoe size", 40)',
  },
  { step: 'derive', column: 'isMember', expression: 'member <> 0' },
  { step: 'drop', columns: ['member'] },
];

describe.runIf(hasPython())('the reader of bundles in Python', () => {
  let folder: string;
  const expected: Record<string, number[][]> = {};
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-test-python-'));
    await writeFile(join(folder, 'program.py'), PROGRAM);
    await writeFile(join(folder, 'rows.json'), JSON.stringify(NEW_ROWS));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function write(name: string, pipeline: FittedPipeline): Promise<void> {
    const golden = makeGoldenRows(pipeline, new Random(5));
    await writeBundle(join(folder, `${name}.zip`), {
      pipeline,
      report: { summary: { metrics: {} } },
      golden,
      meta: { createdAt: '2026-01-02T03:04:05.000Z', producer: 'test 1', model: { id: 'm1', name: 'M' } },
      signingKey,
    });
    const { outputs, problems } = pipeline.predictRows(NEW_ROWS);
    expect(problems).toEqual([]);
    const width = pipeline.nOutputs;
    expected[name] = NEW_ROWS.map((_, i) => [...outputs.subarray(i * width, (i + 1) * width)]);
  }

  async function expectSame(names: string[]): Promise<void> {
    const options = { cwd: folder, maxBuffer: 2 ** 26 };
    const { stdout } = await promisify(execFile)('python3', ['program.py', ...names], options);
    const found = JSON.parse(stdout) as Record<string, number[][]>;
    const far = names.flatMap((name) =>
      (expected[name] ?? []).flatMap((numbers, row) =>
        numbers.flatMap((number, k) => {
          const other = found[name]?.[row]?.[k] ?? Number.NaN;
          return Math.abs(other - number) <= 1e-9 * Math.max(1, Math.abs(number))
            ? []
            : [{ name, row, k, number, other }];
        }),
      ),
    );
    expect(far).toEqual([]);
  }

  it('gives the numbers of the service, with every algorithm', async () => {
    for (const { name, task } of ALGORITHMS) {
      await write(name, await trainMixed({ algorithm: name, target: TARGETS[task], ...OPTIONS[name] }));
    }
    await expectSame(ALGORITHMS.map(({ name }) => name));
  });

  it('gives them with every step', async () => {
    for (const [name, options] of Object.entries(STEPS)) {
      await write(name, await trainMixed({ algorithm: 'logistic_regression', target: 'label', ...options }));
    }
    await expectSame(Object.keys(STEPS));
  });

  it('gives them with other forms of the algorithms', async () => {
    const forms: Record<string, PartialSpec> = {
      poisson: {
        algorithm: 'hist_gradient_boosting_regressor',
        target: 'shoe size',
        parameters: { loss: 'poisson' },
      },
      two: { algorithm: 'hist_gradient_boosting_classifier', target: 'isHigh' },
      pair: { algorithm: 'svc', target: 'isHigh', parameters: { kernel: 'poly' } },
      straight: { algorithm: 'linear_svc', target: 'isHigh' },
      near: {
        algorithm: 'k_neighbors_regressor',
        target: 'value',
        parameters: { weights: 'distance', p: 1 },
      },
      nerve: {
        algorithm: 'mlp_classifier',
        target: 'isHigh',
        parameters: { activation: 'tanh', maxIter: 20 },
      },
    };
    for (const [name, spec] of Object.entries(forms)) await write(name, await trainMixed(spec));
    await expectSame(Object.keys(forms));
  });

  it('works on rows as the recipe says', async () => {
    const pipeline = await trainMixed({ algorithm: 'ridge', target: 'value' });
    const describeInputs = async (columns: readonly { name: string }[]) =>
      columns.map(({ name }) => {
        const { type } = COLUMNS.find((column) => column.name === name) as (typeof COLUMNS)[number];
        return { name, type, nullable: true, minimum: 0, maximum: 1 };
      });
    await write('recipe', await withRecipe(pipeline, RECIPE, COLUMNS, describeInputs));
    await expectSame(['recipe']);
  });

  it('replays the golden rows when it is called with nothing but a bundle', async () => {
    await write('alone', await trainMixed({ algorithm: 'random_forest_classifier', target: 'label' }));
    const words = ['-B', OPEN_BUNDLE, join(folder, 'alone.zip')];
    const { stdout } = await promisify(execFile)('python3', words);
    expect(stdout).toMatch(/20 of 20 golden rows have the recorded numbers/);
  });
});
