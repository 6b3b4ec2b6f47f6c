/**
 * Hyper-parameters as data. Each algorithm declares each of its parameters once, in its table; the request
 * validator, GET /internal/algorithms, the docs and (later) the console's form all come from that table.
 */

/** One kind of value that a parameter accepts. Bounds are inclusive unless named otherwise. */
export type ValueRule =
  | { readonly kind: 'integer'; readonly minimum?: number; readonly maximum?: number }
  | {
      readonly kind: 'number';
      readonly minimum?: number;
      readonly exclusiveMinimum?: number;
      readonly maximum?: number;
      readonly exclusiveMaximum?: number;
    }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'null' }
  | {
      readonly kind: 'integerList';
      readonly minimum: number;
      readonly maximum: number;
      readonly maxLength: number;
    }
  /** A number by name, e.g. class weights by label. */
  | { readonly kind: 'numberByName'; readonly minimum: number };

export type ParameterValue =
  | number
  | boolean
  | string
  | null
  | readonly number[]
  | Readonly<Record<string, number>>;

/** Declares one hyper-parameter. */
export interface ParameterDefinition {
  /** camelCase; scikit-learn's name where it has one. */
  readonly name: string;
  /** A short name for people: "Number of trees". */
  readonly label: string;
  /** One sentence: what it does, its unit, what a larger value means. */
  readonly description: string;
  readonly default: ParameterValue;
  /** A value is legal when one of these rules accepts it. */
  readonly accepts: readonly ValueRule[];
}

export type ParameterTable = readonly ParameterDefinition[];
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** One thing that is wrong with a request's parameters. */
export interface ParameterProblem {
  readonly code: 'unknown_parameter' | 'wrong_type' | 'out_of_range' | 'conflicting_parameters';
  readonly parameter: string;
  /** What was expected, as a sentence part: "an integer >= 1, or null". */
  readonly expected: string;
  /** The JSON type that came: number, string, boolean, null, array, object. */
  readonly sentType?: string;
}
