import type { ColumnSchema } from '../datasets/ingest/ingest-types.js';
import type { ProblemItem } from '../errors/problem.js';
import { jsonTypeOf } from '../learn/json.js';
import { completeSpec } from '../learn/pipeline/complete-spec.js';
import type { PipelineSpec } from '../learn/pipeline/spec.js';
import type { SpecProblem } from '../learn/pipeline/spec-problem.js';
import { ALGORITHMS } from '../learn/registry.js';
import { validateParameters } from '../learn/validate-parameters.js';
import type { ShapedRequest } from './request-shape.js';
import type { StartTrainingDto } from './start-training.dto.js';

/**
 * Checks what the arguments say of the algorithm and of the data set, and completes them.
 * @param request arguments that had a problem already are absent, and their absence is not a second problem
 * @param schema the columns of the data set; undefined when it is not known, and columns are then not looked at
 * @returns `spec` is complete and legal when neither this nor the form has a problem
 */
export function checkContent(
  request: ShapedRequest,
  schema: readonly ColumnSchema[] | undefined,
): { spec: PipelineSpec | undefined; problems: ProblemItem[] } {
  const { usable } = request;
  const broken = new Set(request.problems.map(({ argument }) => argument));
  const dropped = checkNames(usable.dropColumns ?? []);
  const algorithm = ALGORITHMS.find(({ name }) => name === usable.algorithm);
  if (algorithm && schema) {
    const { spec, problems } = completeSpec(partialOf(usable, dropped.names), { columns: schema });
    const fresh = problems.filter(({ argument }) => !broken.has(argument)).map(toItem);
    return { spec: spec ?? undefined, problems: [...dropped.problems, ...fresh] };
  }
  const problems = [...dropped.problems, ...unknownColumns(usable, dropped.names, schema)];
  if (algorithm) {
    const found = validateParameters(algorithm, usable.parameters ?? {}).problems;
    problems.push(
      ...found.map(({ parameter, ...problem }) => {
        const argument = `parameters.${parameter}`;
        return toItem({ ...problem, argument, message: `${argument}: expected ${problem.expected}.` });
      }),
    );
  } else if (usable.algorithm !== undefined) {
    const message = `algorithm: expected one of ${ALGORITHMS.map(({ name }) => name).join(', ')}.`;
    problems.push({ code: 'unknown_algorithm', argument: 'algorithm', message });
  }
  return { spec: undefined, problems };
}

function partialOf(usable: Partial<StartTrainingDto>, dropColumns: readonly string[]) {
  const {
    algorithm = '',
    target,
    sampleWeight,
    parameters,
    normalization,
    columns,
    testShare,
    seed,
  } = usable;
  return {
    algorithm,
    dropColumns,
    ...(target === undefined ? {} : { target }),
    ...(sampleWeight === undefined ? {} : { sampleWeight }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(normalization === undefined ? {} : { normalization }),
    ...(columns === undefined ? {} : { columns }),
    ...(testShare === undefined ? {} : { testShare }),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** Without an algorithm this much of the columns can still be said. */
function unknownColumns(
  usable: Partial<StartTrainingDto>,
  dropColumns: readonly string[],
  schema: readonly ColumnSchema[] | undefined,
): ProblemItem[] {
  if (!schema) return [];
  const known = new Set(schema.map(({ name }) => name));
  const named: [string, readonly string[]][] = [
    ['target', typeof usable.target === 'string' ? [usable.target] : []],
    ['sampleWeight', usable.sampleWeight === undefined ? [] : [usable.sampleWeight]],
    ['dropColumns', dropColumns],
    ['columns', Object.keys(usable.columns ?? {})],
  ];
  return named.flatMap(([argument, names]) =>
    names
      .filter((name) => !known.has(name))
      .map((column) => ({
        code: 'unknown_column',
        argument,
        column,
        message: `${argument}: expected a column of the data set.`,
      })),
  );
}

function checkNames(sent: readonly unknown[]): { names: string[]; problems: ProblemItem[] } {
  const names: string[] = [];
  const problems: ProblemItem[] = [];
  for (const [at, name] of sent.entries()) {
    if (typeof name === 'string') names.push(name);
    else problems.push(wrongType(`dropColumns[${at}]`, name, 'string'));
  }
  return { names, problems };
}

function wrongType(argument: string, value: unknown, expectedType: string): ProblemItem {
  const sentType = jsonTypeOf(value);
  const message = `${argument} must be of type ${expectedType}, not ${sentType}`;
  return { code: 'wrong_type', argument, sentType, expectedType, message };
}

function toItem({ code, argument, column, expected, sentType, message }: SpecProblem): ProblemItem {
  return {
    code,
    message,
    argument,
    ...(column === undefined ? {} : { column }),
    ...(code === 'wrong_type' && sentType !== undefined ? { sentType, expectedType: expected } : {}),
  };
}
