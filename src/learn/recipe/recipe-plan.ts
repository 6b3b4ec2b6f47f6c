import type { ColumnType } from '../matrix/table.js';
import type { Expression, FunctionName } from './expression.js';

/** A column as far as a recipe is concerned. */
export interface RecipeColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * A step whose names and types are known to be right. All that happens to single cells is an assignment, so that there
 * is one thing to say twice, once for rows and once for SQL: the expression.
 */
export type PlannedStep =
  | { readonly kind: 'assign'; readonly column: string; readonly expression: Expression }
  | { readonly kind: 'drop'; readonly columns: readonly string[] }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  /** What it does depends on the table as it is at this step: it must be learned first, see freezeSteps. */
  | { readonly kind: 'learn'; readonly column: string; readonly lesson: Lesson }
  /** Rows for which the condition is true stay. */
  | { readonly kind: 'filter'; readonly condition: Expression }
  | { readonly kind: 'sample'; readonly share: number; readonly seed: number }
  /** Of rows that are equal in these columns the first stays. */
  | { readonly kind: 'deduplicate'; readonly columns: readonly string[] };

/** What is looked for in a column: a value for its gaps, or the texts that at least so many rows have. */
export type Lesson =
  | { readonly find: FillRule }
  | { readonly find: 'frequent'; readonly minimumRows: number; readonly into: string };

export const FILL_RULES = ['mean', 'median', 'most_frequent'] as const;
export type FillRule = (typeof FILL_RULES)[number];

export interface RecipePlan {
  readonly steps: readonly PlannedStep[];
  /** For each of `steps` the place, in the recipe, of the step that it came from. */
  readonly sources: readonly number[];
  /** What comes out, in order. */
  readonly columns: readonly RecipeColumn[];
}

/** One thing that is wrong with a recipe, with its place: `steps[2].expression`. */
export interface RecipeProblem {
  readonly code: string;
  readonly argument: string;
  readonly message: string;
  readonly expectedType?: string;
}

export function call(name: FunctionName, type: ColumnType, ...parts: Expression[]): Expression {
  return { kind: 'call', type, name, arguments: parts };
}

export function column({ name, type }: RecipeColumn): Expression {
  return { kind: 'column', type, name };
}

export function constant(type: ColumnType, value: number | string | boolean | null): Expression {
  return { kind: 'literal', type, value };
}
