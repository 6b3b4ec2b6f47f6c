import type { Algorithm } from '../estimator.js';
import { jsonTypeOf } from '../json.js';
import { findAlgorithm } from '../registry.js';
import { validateParameters } from '../validate-parameters.js';
import { checkColumnPolicy, type KnownColumn } from './check-column-policy.js';
import { type ColumnPolicy, NORMALIZATIONS, type Normalization, type PipelineSpec } from './spec.js';
import { type Report, type SpecProblem, sentence } from './spec-problem.js';

/** The share of the rows that is held out when the request does not say: the usual fifth. */
export const DEFAULT_TEST_SHARE = 0.2;
/** A fixed seed: the same request on the same data gives the same model. */
export const DEFAULT_SEED = 0;

/** What a request says of its pipeline. Values may still be anything where they are `unknown`. */
export interface PartialSpec {
  readonly algorithm: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly target?: string | null;
  readonly sampleWeight?: string;
  readonly dropColumns?: readonly string[];
  readonly normalization?: string;
  readonly columns?: Readonly<Record<string, unknown>>;
  readonly testShare?: number;
  readonly seed?: number;
}

/**
 * Checks what a request says of its pipeline against the algorithm's table and the data set's columns, and fills
 * in what it leaves open: parameters from the table, `normalization` std where the algorithm depends on scale
 * and none elsewhere, testShare 0.2 (0 for clustering), seed 0.
 * @returns every problem at once; `spec` is complete and legal when there are none, and null when the algorithm
 *   is not known
 */
export function completeSpec(
  partial: PartialSpec,
  dataset: { readonly columns: readonly KnownColumn[] },
  find: (name: string) => Algorithm = findAlgorithm,
): { spec: PipelineSpec | null; problems: SpecProblem[] } {
  const problems: SpecProblem[] = [];
  const report: Report = (problem) => {
    problems.push({ ...problem, message: sentence(problem) });
  };
  const algorithm = findOrNull(partial.algorithm, find);
  if (algorithm === null) {
    report({ code: 'unknown_algorithm', argument: 'algorithm', expected: 'the name of an algorithm' });
    return { spec: null, problems };
  }
  const parameters = validateParameters(algorithm, partial.parameters ?? {});
  for (const { code, parameter, expected, sentType } of parameters.problems) {
    const sent = sentType === undefined ? {} : { sentType };
    report({ code, argument: `parameters.${parameter}`, expected, ...sent });
  }
  const known = new Map(dataset.columns.map((column) => [column.name, column]));
  const dropColumns = [...new Set(partial.dropColumns ?? [])];
  for (const column of dropColumns) {
    if (!known.has(column))
      report({ code: 'unknown_column', argument: 'dropColumns', column, expected: KNOWN });
  }
  const columns = readPolicies(partial.columns ?? {}, known, algorithm, partial.target ?? null, report);
  const target = partial.target ?? null;
  checkTarget(target, known, dropColumns, columns, algorithm, report);
  const { sampleWeight } = partial;
  if (sampleWeight !== undefined) checkSampleWeight(sampleWeight, target, known, columns, report);
  const isLearned = (name: string) => name !== target && name !== sampleWeight && !dropColumns.includes(name);
  if (!dataset.columns.some(({ name }) => isLearned(name))) {
    report({
      code: 'no_usable_columns',
      argument: 'dropColumns',
      expected: 'at least one column to learn from',
    });
  }
  const spec: PipelineSpec = {
    algorithm: algorithm.name,
    parameters: parameters.values,
    target,
    ...(sampleWeight === undefined ? {} : { sampleWeight }),
    dropColumns,
    normalization: readNormalization(partial.normalization, algorithm, report),
    columns,
    testShare: readTestShare(partial.testShare, algorithm, report),
    seed: readSeed(partial.seed, report),
  };
  return { spec, problems };
}

const KNOWN = 'a column of the data set';

function findOrNull(name: string, find: (name: string) => Algorithm): Algorithm | null {
  try {
    return find(name);
  } catch {
    return null;
  }
}

function readPolicies(
  sent: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, KnownColumn>,
  algorithm: Algorithm,
  target: string | null,
  report: Report,
): Record<string, ColumnPolicy> {
  const policies: [string, ColumnPolicy][] = [];
  for (const [name, policy] of Object.entries(sent)) {
    const column = known.get(name);
    if (column === undefined) {
      report({ code: 'unknown_column', argument: 'columns', column: name, expected: KNOWN });
    } else {
      policies.push([name, checkColumnPolicy(policy, column, algorithm, name === target, report)]);
    }
  }
  return Object.fromEntries(policies);
}

function checkTarget(
  target: string | null,
  known: ReadonlyMap<string, KnownColumn>,
  dropColumns: readonly string[],
  columns: Readonly<Record<string, ColumnPolicy>>,
  algorithm: Algorithm,
  report: Report,
): void {
  const argument = 'target';
  if (target === null) {
    if (algorithm.task !== 'clustering')
      report({ code: 'missing_argument', argument, expected: 'the column to learn' });
    return;
  }
  const place = { argument, column: target };
  const column = known.get(target);
  if (column === undefined) {
    report({ code: 'unknown_column', ...place, expected: KNOWN });
    return;
  }
  if (dropColumns.includes(target)) {
    report({ code: 'target_dropped', ...place, expected: 'a column that is not in dropColumns' });
  }
  const type = columns[target]?.type ?? column.type;
  if (column.distinctCount === 0) {
    report({ code: 'missing_target_values', ...place, expected: 'a column with values' });
  } else if (algorithm.task === 'regression' && type !== 'number') {
    report({ code: 'target_not_numeric', ...place, expected: 'a number column for a regression' });
  } else if (column.distinctCount === 1 && algorithm.task !== 'clustering') {
    report({ code: 'constant_target', ...place, expected: 'a column that varies' });
  }
}

function checkSampleWeight(
  name: string,
  target: string | null,
  known: ReadonlyMap<string, KnownColumn>,
  columns: Readonly<Record<string, ColumnPolicy>>,
  report: Report,
): void {
  const place = { argument: 'sampleWeight', column: name };
  const column = known.get(name);
  if (column === undefined) report({ code: 'unknown_column', ...place, expected: KNOWN });
  else if (name === target || (columns[name]?.type ?? column.type) !== 'number') {
    report({ code: 'illegal_policy', ...place, expected: 'a number column that is not the target' });
  }
}

function readNormalization(sent: string | undefined, algorithm: Algorithm, report: Report): Normalization {
  const found = NORMALIZATIONS.find((normalization) => normalization === sent);
  if (found !== undefined) return found;
  if (sent !== undefined) {
    const expected = `one of ${NORMALIZATIONS.join(', ')}`;
    report({ code: 'out_of_range', argument: 'normalization', expected, sentType: jsonTypeOf(sent) });
  }
  return algorithm.input.scaleSensitive ? 'std' : 'none';
}

function readTestShare(sent: number | undefined, algorithm: Algorithm, report: Report): number {
  const isClustering = algorithm.task === 'clustering';
  const standard = isClustering ? 0 : DEFAULT_TEST_SHARE;
  if (sent === undefined) return standard;
  if (typeof sent === 'number' && sent < 1 && (isClustering ? sent >= 0 : sent > 0)) return sent;
  const expected = isClustering ? 'a number, 0 <= share < 1' : 'a number, 0 < share < 1';
  const code = typeof sent === 'number' ? 'out_of_range' : 'wrong_type';
  report({ code, argument: 'testShare', expected, sentType: jsonTypeOf(sent) });
  return standard;
}

function readSeed(sent: number | undefined, report: Report): number {
  if (sent === undefined) return DEFAULT_SEED;
  if (Number.isSafeInteger(sent) && sent >= 0) return sent;
  const code = typeof sent === 'number' ? 'out_of_range' : 'wrong_type';
  report({
    code,
    argument: 'seed',
    expected: 'an integer, 0 to 9007199254740991',
    sentType: jsonTypeOf(sent),
  });
  return DEFAULT_SEED;
}
