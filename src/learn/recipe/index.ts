import type { ColumnType } from '../matrix/table.js';
import type { FillRule } from './recipe-plan.js';

/**
 * A recipe is a list of steps that a table goes through before anything learns from it. Steps that work on a row on its
 * own also happen to every row that asks for a prediction; steps that choose rows (filter, sample, deduplicate) happen
 * to tables only.
 */
export type RecipeStep =
  /** Rows for which the condition is true stay. */
  | { readonly step: 'filter'; readonly condition: string }
  | { readonly step: 'drop'; readonly columns: readonly string[] }
  | { readonly step: 'rename'; readonly column: string; readonly to: string }
  | { readonly step: 'retype'; readonly column: string; readonly type: ColumnType }
  /** Values that are markers become missing. */
  | { readonly step: 'missing'; readonly column: string; readonly markers: readonly (string | number)[] }
  | { readonly step: 'fill'; readonly column: string; readonly value: number | string | boolean }
  /** With what is found in the table: see freezeSteps. */
  | { readonly step: 'fill'; readonly column: string; readonly with: FillRule }
  | {
      readonly step: 'clip';
      readonly column: string;
      readonly minimum?: number;
      readonly maximum?: number;
    }
  | { readonly step: 'derive'; readonly column: string; readonly expression: string }
  /** One new number a part, named `<column>_<part>`. */
  | { readonly step: 'split_date'; readonly column: string; readonly parts: readonly string[] }
  /** Texts that fewer rows have than `minimumRows` become `into`. */
  | {
      readonly step: 'group_rare';
      readonly column: string;
      readonly minimumRows: number;
      readonly into: string;
    }
  /** Texts other than these become `into`. */
  | {
      readonly step: 'group_rare';
      readonly column: string;
      readonly keep: readonly string[];
      readonly into: string;
    }
  | { readonly step: 'sample'; readonly share: number; readonly seed?: number }
  /** Of rows that are equal in these columns (default: in all) the first stays. */
  | { readonly step: 'deduplicate'; readonly columns?: readonly string[] };
