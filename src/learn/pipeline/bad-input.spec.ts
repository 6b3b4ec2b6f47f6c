/**
 * Data that nobody wishes for, given to every algorithm of the registry as the service gives it: a clear refusal or finite
 * answers, soon. What only estimators can see (weights, one row, infinity) is in conformance.spec.ts.
 */
import { describe, expect, it } from 'vitest';
import { LearnError, type LearnErrorCode } from '../errors.js';
import type { Algorithm, Task } from '../estimator.js';
import type { Column } from '../matrix/table.js';
import { createThreadPool } from '../parallel/create-thread-pool.js';
import { ALGORITHMS } from '../registry.js';
import { completeSpec, type PartialSpec } from './complete-spec.js';
import { type Cell, columnFrom, tableFrom } from './testing/toys.js';
import { trainPipeline } from './train-pipeline.js';

/** A tenth of these would be slow already. */
const TIMEOUT_MS = 20_000;

/** Few steps, so that the battery is quick; everything else as it is by default. */
const QUICK: Readonly<Record<string, PartialSpec['parameters']>> = {
  random_forest_classifier: { nEstimators: 5 },
  random_forest_regressor: { nEstimators: 5 },
  extra_trees_classifier: { nEstimators: 5 },
  extra_trees_regressor: { nEstimators: 5 },
  hist_gradient_boosting_classifier: { maxIter: 5 },
  hist_gradient_boosting_regressor: { maxIter: 5 },
  svc: { maxIter: 2000 },
  svr: { maxIter: 2000 },
  mlp_classifier: { hiddenLayerSizes: [8], maxIter: 5 },
  mlp_regressor: { hiddenLayerSizes: [8], maxIter: 5 },
  k_means: { nClusters: 3 },
};
/** They take small whole numbers from 0 on only, so scaling is none of theirs. */
const OF_COUNTS = ['multinomial_nb', 'categorical_nb'];

const cells = <T>(n: number, cell: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => cell(i));
const numbers = (name: string, values: readonly Cell[]): Column => columnFrom(name, 'number', values);

/** Texts without a search for each in a list. */
function texts(name: string, values: readonly string[]): Column {
  const places = new Map<string, number>();
  for (const value of values) if (!places.has(value)) places.set(value, places.size);
  return {
    name,
    type: 'text',
    dictionary: [...places.keys()],
    codes: Int32Array.from(values, (value) => places.get(value) as number),
  };
}

const N = 60;
const count = (i: number): number => (i * 7) % 10;
const plain = numbers('x', cells(N, count));
const classOf = (i: number): string => ['low', 'middle', 'high'][Math.floor(count(i) / 4)] as string;
const targetFor = (task: Task, n = N): Column =>
  task === 'regression'
    ? numbers(
        'y',
        cells(n, (i) => count(i) + (i % 3)),
      )
    : texts('y', cells(n, classOf));

interface Case {
  readonly name: string;
  /** undefined: the case says nothing to the task. */
  readonly columns: (task: Task) => readonly Column[] | undefined;
  readonly request?: (algorithm: Algorithm) => Omit<PartialSpec, 'algorithm'> | undefined;
  /** What the refusal says; absent: it trains. With `orTrains` both are right. */
  readonly refused?: readonly LearnErrorCode[];
  readonly orTrains?: boolean;
  readonly only?: (algorithm: Algorithm) => boolean;
}

const takes = (name: string) => (algorithm: Algorithm) =>
  algorithm.parameters.some((parameter) => parameter.name === name);
const supervised = (task: Task): boolean => task !== 'clustering';

const CASES: readonly Case[] = [
  {
    name: 'gaps in half of a column, and nothing in another',
    columns: (task) => [
      numbers(
        'x',
        cells(N, (i) => (i % 2 === 0 ? null : count(i))),
      ),
      numbers(
        'z',
        cells(N, () => null),
      ),
      targetFor(task),
    ],
  },
  {
    name: 'one row',
    columns: (task) => [numbers('x', [1]), targetFor(task, 1)],
    refused: ['not_enough_rows', 'constant_target'],
  },
  {
    name: 'one value in the target',
    columns: (task) =>
      supervised(task)
        ? [
            plain,
            task === 'regression'
              ? numbers(
                  'y',
                  cells(N, () => 3),
                )
              : texts(
                  'y',
                  cells(N, () => 'one'),
                ),
          ]
        : undefined,
    refused: ['constant_target'],
  },
  {
    name: 'a constant column beside another',
    columns: (task) => [
      plain,
      numbers(
        'z',
        cells(N, () => 4),
      ),
      targetFor(task),
    ],
  },
  {
    name: 'nothing but a constant column',
    columns: (task) => [
      numbers(
        'x',
        cells(N, () => 4),
      ),
      targetFor(task),
    ],
    refused: ['no_usable_columns'],
  },
  {
    name: 'rows that are all there many times',
    columns: (task) => [
      numbers(
        'x',
        cells(N, (i) => i % 3),
      ),
      task === 'regression'
        ? numbers(
            'y',
            cells(N, (i) => i % 3),
          )
        : texts(
            'y',
            cells(N, (i) => `c${i % 3}`),
          ),
    ],
  },
  {
    name: 'equal rows with unequal targets',
    columns: (task) => [
      numbers(
        'x',
        cells(N, (i) => (i < N - 1 ? 2 : 3)),
      ),
      targetFor(task),
    ],
    orTrains: true,
    refused: ['no_usable_columns'],
  },
  {
    name: 'classes that a line separates perfectly',
    columns: (task) => [
      numbers(
        'x',
        cells(N, (i) => (i % 2 === 0 ? i : 1000 + i)),
      ),
      task === 'regression'
        ? numbers(
            'y',
            cells(N, (i) => (i % 2) * 5),
          )
        : texts(
            'y',
            cells(N, (i) => ['left', 'right'][i % 2] as string),
          ),
    ],
  },
  {
    name: 'more neighbours or clusters than rows',
    columns: (task) => [plain, targetFor(task)],
    only: (algorithm) => takes('nNeighbors')(algorithm) || takes('nClusters')(algorithm),
    request: (algorithm) => ({
      parameters: takes('nClusters')(algorithm) ? { nClusters: 5000 } : { nNeighbors: 5000 },
    }),
    refused: ['invalid_parameters', 'not_enough_rows'],
    orTrains: true,
  },
  {
    name: 'a class of weight 0',
    columns: (task) => [plain, targetFor(task)],
    only: takes('classWeight'),
    request: () => ({ parameters: { classWeight: { low: 0 } } }),
  },
  {
    name: 'classes that all weigh 0',
    columns: (task) => [plain, targetFor(task)],
    only: takes('classWeight'),
    request: () => ({ parameters: { classWeight: { low: 0, middle: 0, high: 0 } } }),
    refused: ['invalid_parameters', 'not_enough_rows'],
  },
  {
    name: 'classes with fewer members than folds, behind an encoding that needs folds',
    columns: (task) => [
      texts(
        't',
        cells(N, (i) => `t${i % 5}`),
      ),
      task === 'regression'
        ? targetFor(task)
        : texts(
            'y',
            cells(N, (i) => (i === 0 ? 'once' : i < 3 ? 'twice' : classOf(i))),
          ),
    ],
    only: ({ task, name }) => supervised(task) && !OF_COUNTS.includes(name),
    request: () => ({ columns: { t: { encoding: 'target' } } }),
  },
  {
    name: 'rare classes where rows are held out to stop early',
    columns: (task) =>
      task === 'regression'
        ? [plain, targetFor(task)]
        : [
            plain,
            texts(
              'y',
              cells(N, (i) => (i === 0 ? 'once' : i < 3 ? 'twice' : classOf(i))),
            ),
          ],
    only: takes('earlyStopping'),
    request: () => ({ parameters: { earlyStopping: true } }),
  },
  {
    name: '10,000 categories',
    columns: (task) => {
      const n = 12_000;
      return [
        texts(
          't',
          cells(n, (i) => `t${i % 10_000}`),
        ),
        numbers('x', cells(n, count)),
        targetFor(task, n),
      ];
    },
  },
  {
    name: 'a target of 5,000 classes',
    columns: (task) =>
      task === 'classification'
        ? [
            numbers('x', cells(10_000, count)),
            texts(
              'y',
              cells(10_000, (i) => `c${i % 5000}`),
            ),
          ]
        : undefined,
    refused: ['too_many_classes'],
  },
  {
    name: 'features near the largest double',
    columns: (task) => [
      numbers(
        'x',
        cells(N, (i) => (i % 2 === 0 ? 1.7e308 : 1.6e307 * count(i))),
      ),
      plain.type === 'number' ? { ...plain, name: 'z' } : plain,
      targetFor(task),
    ],
    refused: ['numerical_failure', 'feature_out_of_domain'],
    orTrains: true,
  },
  {
    name: 'targets near the largest double',
    columns: (task) =>
      task === 'regression'
        ? [
            plain,
            numbers(
              'y',
              cells(N, (i) => (count(i) - 5) * 3.4e307),
            ),
          ]
        : undefined,
    refused: ['numerical_failure'],
  },
  {
    name: 'whole numbers beyond 2^53',
    columns: (task) => [
      plain,
      numbers(
        'z',
        cells(N, (i) => 2 ** 53 + 2 ** 12 * count(i)),
      ),
      targetFor(task),
    ],
    refused: ['feature_out_of_domain'],
    orTrains: true,
  },
];

type Outcome = { readonly refused: string } | Awaited<ReturnType<typeof trainPipeline>>;

/** Trains as the service does: what can be seen at once is refused before anything is computed. */
async function outcomeOf(algorithm: Algorithm, one: Case, columns: readonly Column[]): Promise<Outcome> {
  const request = one.request?.(algorithm);
  const { spec, problems } = completeSpec(
    {
      algorithm: algorithm.name,
      target: algorithm.task === 'clustering' ? null : 'y',
      ...(algorithm.task === 'clustering' ? { dropColumns: ['y'] } : {}),
      ...(OF_COUNTS.includes(algorithm.name) ? { normalization: 'none' } : {}),
      ...request,
      parameters: { ...QUICK[algorithm.name], ...request?.parameters },
    },
    {
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        distinctCount: column.type === 'text' ? column.dictionary.length : new Set(column.values).size,
        nullCount: 0,
      })),
    },
  );
  if (spec === null || problems[0] !== undefined) return { refused: problems.map(({ code }) => code).join() };
  const threads = createThreadPool({ size: 1 });
  const context = { threads, onProgress: () => {}, isCanceled: () => false };
  try {
    return await trainPipeline(tableFrom(columns), spec, context);
  } catch (error) {
    if (error instanceof LearnError) return { refused: error.code };
    throw error;
  } finally {
    await threads.close();
  }
}

/** JSON has no other numbers; they would become null on their way. */
function expectFiniteJson(report: object): void {
  JSON.stringify(report, (key, value: unknown) => {
    if (typeof value === 'number') expect(Number.isFinite(value), key).toBe(true);
    return value;
  });
}

describe.each(ALGORITHMS)('$name', (algorithm) => {
  const cases = CASES.filter((one) => one.only?.(algorithm) ?? true).filter(
    (one) => one.columns(algorithm.task) !== undefined,
  );

  it.each(cases)(
    'answers $name',
    async (one) => {
      const columns = one.columns(algorithm.task) as readonly Column[];
      const outcome = await outcomeOf(algorithm, one, columns);
      if ('refused' in outcome) {
        expect(one.refused ?? []).toContain(outcome.refused);
        return;
      }
      expect(one.refused === undefined || one.orTrains, 'it should have been refused').toBe(true);
      const { pipeline, report } = outcome;
      expectFiniteJson(report);
      const rows = cells(3, (i) =>
        Object.fromEntries(
          columns.map((column) => [
            column.name,
            column.type === 'text'
              ? column.dictionary[column.codes[i] as number]
              : Number.isNaN(column.values[i])
                ? null
                : column.values[i],
          ]),
        ),
      );
      const { outputs, problems } = pipeline.predictRows(rows);
      expect(problems).toEqual([]);
      expect([...outputs].every(Number.isFinite)).toBe(true);
    },
    TIMEOUT_MS,
  );
});
