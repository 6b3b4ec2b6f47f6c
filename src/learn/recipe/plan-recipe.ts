import { COLUMN_TYPES, type ColumnType } from '../matrix/table.js';
import {
  clipped,
  DATE_PARTS,
  type DatePart,
  datePart,
  filled,
  grouped,
  retyped,
  withMarkers,
} from './cell-steps.js';
import { ExpressionError } from './expression.js';
import {
  FILL_RULES,
  type PlannedStep,
  type RecipeColumn,
  type RecipePlan,
  type RecipeProblem,
} from './recipe-plan.js';
import { type Expectation, StepReader } from './step-reader.js';
import { typeExpression } from './type-expression.js';

export const MAX_STEPS = 100;
const MAX_MARKERS = 50;
/** Texts that a column can keep when the others are grouped. */
export const MAX_KEPT_TEXTS = 10_000;

/**
 * Reads the steps of a recipe in their order and finds out what each does to the columns.
 * @param steps as they were sent
 * @param columns of the table that it starts from
 * @returns `plan` is complete when there are no problems; a step with a problem leaves the columns as they are, so that
 *   the problems of later steps are found as well
 */
export function planRecipe(
  steps: unknown,
  columns: readonly RecipeColumn[],
): { plan: RecipePlan; problems: RecipeProblem[] } {
  const problems: RecipeProblem[] = [];
  const planned: PlannedStep[] = [];
  const sources: number[] = [];
  let current = [...columns];
  if (!Array.isArray(steps) || steps.length === 0 || steps.length > MAX_STEPS) {
    const message = `steps must be a list of 1 to ${MAX_STEPS} steps`;
    return {
      plan: { steps: [], sources: [], columns: current },
      problems: [{ code: 'wrong_type', argument: 'steps', message }],
    };
  }
  for (const [index, step] of steps.entries()) {
    const reader = new StepReader(step, `steps[${index}]`, current);
    const made = planStep(reader);
    problems.push(...reader.finish());
    if (reader.problems.length > 0 || made === undefined) continue;
    for (const one of made) {
      planned.push(one);
      sources.push(index);
      current = columnsAfter(one, current);
    }
    if (current.length > 0) continue;
    problems.push({ code: 'no_columns', argument: `steps[${index}]`, message: 'no column is left' });
    current = [...columns];
  }
  return { plan: { steps: planned, sources, columns: current }, problems };
}

function columnsAfter(step: PlannedStep, columns: readonly RecipeColumn[]): RecipeColumn[] {
  if (step.kind === 'drop') return columns.filter(({ name }) => !step.columns.includes(name));
  if (step.kind === 'rename') {
    return columns.map((one) => (one.name === step.from ? { ...one, name: step.to } : one));
  }
  if (step.kind !== 'assign') return [...columns];
  const made = { name: step.column, type: step.expression.type };
  const isNew = !columns.some(({ name }) => name === made.name);
  return isNew ? [...columns, made] : columns.map((one) => (one.name === made.name ? made : one));
}

/** Undefined when something was wrong. */
function planStep(reader: StepReader): PlannedStep[] | undefined {
  switch (reader.kind) {
    case 'filter': {
      const condition = readExpression(reader, 'condition');
      if (condition !== undefined && condition.type !== 'boolean') {
        reader.problem('condition', 'wrong_type', 'expected something that is true or false');
      }
      return condition && [{ kind: 'filter', condition }];
    }
    case 'drop':
      return one({ kind: 'drop', columns: reader.columns('columns') });
    case 'rename':
      return one({ kind: 'rename', from: reader.column('column')?.name, to: reader.newName('to') });
    case 'retype':
      return planRetype(reader);
    case 'missing': {
      const of = reader.column('column', ['text', 'number']);
      const expected: Expectation = of?.type === 'number' ? 'number' : 'text';
      const markers = reader.list('markers', expected, MAX_MARKERS) as (string | number)[];
      if (of === undefined || markers.length === 0) return undefined;
      return one({ kind: 'assign', column: of.name, expression: withMarkers(of, markers) });
    }
    case 'fill':
      return planFill(reader);
    case 'clip': {
      const of = reader.column('column', ['number']);
      const [minimum, maximum] = [reader.optionalNumber('minimum'), reader.optionalNumber('maximum')];
      if (minimum === undefined && maximum === undefined)
        reader.problem('minimum', 'missing_argument', 'expected minimum, maximum or both');
      if ((minimum ?? -Infinity) > (maximum ?? Infinity))
        reader.problem('maximum', 'out_of_range', 'must not be smaller than minimum');
      return of && one({ kind: 'assign', column: of.name, expression: clipped(of, minimum, maximum) });
    }
    case 'derive': {
      const name = reader.anyName('column');
      const expression = readExpression(reader, 'expression');
      return name !== undefined && expression !== undefined
        ? one({ kind: 'assign', column: name, expression })
        : undefined;
    }
    case 'split_date':
      return planSplit(reader);
    case 'group_rare':
      return planGrouping(reader);
    case 'sample':
      return one({
        kind: 'sample',
        share: reader.number('share', 0.000001, 1),
        seed: reader.optionalNumber('seed', 0, 2 ** 31 - 1) ?? 0,
      });
    case 'deduplicate':
      return one({ kind: 'deduplicate', columns: reader.optionalColumns('columns') });
    default:
      reader.unknownKind();
      return undefined;
  }
}

function planRetype(reader: StepReader): PlannedStep[] | undefined {
  const of = reader.column('column');
  const type = reader.choice<ColumnType>('type', COLUMN_TYPES);
  if (of === undefined || type === undefined) return undefined;
  const expression = retyped(of, type);
  if (expression !== undefined) return one({ kind: 'assign', column: of.name, expression });
  reader.problem('type', 'wrong_type', `a ${of.type} cannot be made a ${type}`);
  return undefined;
}

/** Either a value, or the rule that finds one. */
function planFill(reader: StepReader): PlannedStep[] | undefined {
  const of = reader.column('column', ['text', 'number', 'boolean']);
  if (!reader.has('with')) {
    const value = of && reader.value('value', of.type as Expectation);
    return of && value !== undefined
      ? one({ kind: 'assign', column: of.name, expression: filled(of, value) })
      : undefined;
  }
  if (reader.has('value'))
    reader.problem('with', 'conflicting_arguments', 'expected value or with, not both');
  const find = reader.choice('with', of?.type === 'number' ? FILL_RULES : (['most_frequent'] as const));
  return of && find && [{ kind: 'learn', column: of.name, lesson: { find } }];
}

/** Either the texts that are kept, or how many rows a text must have. */
function planGrouping(reader: StepReader): PlannedStep[] | undefined {
  const of = reader.column('column', ['text']);
  const into = reader.value('into', 'text');
  if (reader.has('keep')) {
    if (reader.has('minimumRows'))
      reader.problem('keep', 'conflicting_arguments', 'expected keep or minimumRows, not both');
    const keep = reader.list('keep', 'text', MAX_KEPT_TEXTS, 0) as string[];
    return of && typeof into === 'string'
      ? one({ kind: 'assign', column: of.name, expression: grouped(of, keep, into) })
      : undefined;
  }
  const minimumRows = reader.number('minimumRows', 1, Number.MAX_SAFE_INTEGER);
  return of && minimumRows !== undefined && typeof into === 'string'
    ? [{ kind: 'learn', column: of.name, lesson: { find: 'frequent', minimumRows, into } }]
    : undefined;
}

/** One new column a part, named `<column>_<part>`. */
function planSplit(reader: StepReader): PlannedStep[] | undefined {
  const of = reader.column('column', ['date']);
  const parts = reader.list('parts', 'text', DATE_PARTS.length).filter((part, index): part is DatePart => {
    if (DATE_PARTS.includes(part as DatePart)) return true;
    reader.problem(`parts[${index}]`, 'out_of_range', `expected one of ${DATE_PARTS.join(', ')}`);
    return false;
  });
  if (of === undefined) return undefined;
  return parts.map((part) => ({
    kind: 'assign',
    column: reader.freeName(`${of.name}_${part}`),
    expression: datePart(of, part),
  }));
}

function readExpression(reader: StepReader, argument: string) {
  const source = reader.value(argument, 'text');
  if (typeof source !== 'string') return undefined;
  try {
    return typeExpression(source, reader.types);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    reader.problem(argument, error.code, `character ${error.at}: ${error.message}`);
    return undefined;
  }
}

/** A step all of whose arguments are there; those that were wrong are undefined and have been told. */
function one(
  step: { readonly kind: PlannedStep['kind'] } & Readonly<Record<string, unknown>>,
): PlannedStep[] | undefined {
  return Object.values(step).includes(undefined) ? undefined : [step as unknown as PlannedStep];
}
