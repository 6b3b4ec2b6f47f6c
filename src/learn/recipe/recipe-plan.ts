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
  /** Texts that fewer rows have than `minimumRows` become `into`. */
  | {
      readonly kind: 'group_rare';
      readonly column: string;
      readonly minimumRows: number;
      readonly into: string;
    }
  /** Rows for which the condition is true stay. */
  | { readonly kind: 'filter'; readonly condition: Expression }
  | { readonly kind: 'sample'; readonly share: number; readonly seed: number }
  /** Of rows that are equal in these columns the first stays. */
  | { readonly kind: 'deduplicate'; readonly columns: readonly string[] };

export interface RecipePlan {
  readonly steps: readonly PlannedStep[];
  /** What comes out, in order. */
  readonly columns: readonly RecipeColumn[];
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
