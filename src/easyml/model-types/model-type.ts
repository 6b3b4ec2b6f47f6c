import type { ParameterDefinition, ParameterValue } from '../../learn/parameters.js';
import type { PythonType, PythonValue } from '../python-json.js';

/** One parameter of a model type, as EasyML knows it, and what it is here. */
export interface ModelArgument extends ParameterDefinition {
  /** The Python types that are taken, compared strictly. null is always taken and means the default where it is no value. */
  readonly types: readonly PythonType[];
  /** The algorithm's parameter that it becomes; null where it changes nothing that can be seen. */
  readonly becomes: string | null;
  /** Names that are others here. What is not in it stays what it is. */
  readonly renamed?: Readonly<Record<string, ParameterValue>>;
  /** For what a list of names cannot say; undefined: not a legal value. */
  readonly translate?: (value: PythonValue) => ParameterValue | undefined;
}

/** One of EasyML's model types. */
export interface ModelType {
  readonly name: string;
  /** The algorithm here. */
  readonly algorithm: string;
  readonly arguments: readonly ModelArgument[];
  /** What its library did by default and ours does not. */
  readonly fixed?: Readonly<Record<string, ParameterValue>>;
  /** Whether `y_col` must be named and a share of the rows is held out. */
  readonly isSupervised: boolean;
}

/** A choice of texts. */
export function choice(
  name: string,
  label: string,
  description: string,
  of: readonly string[],
  standard: string,
): Omit<ModelArgument, 'becomes'> {
  return {
    name,
    label,
    description,
    types: ['str'],
    default: standard,
    accepts: [{ kind: 'choice', of }],
  };
}

export function count(
  name: string,
  label: string,
  description: string,
  minimum: number,
  standard: number,
): Omit<ModelArgument, 'becomes'> {
  return {
    name,
    label,
    description,
    types: ['int'],
    default: standard,
    accepts: [{ kind: 'integer', minimum }],
  };
}

export function flag(
  name: string,
  label: string,
  description: string,
  standard: boolean,
): Omit<ModelArgument, 'becomes'> {
  return {
    name,
    label,
    description,
    types: ['bool'],
    default: standard,
    accepts: [{ kind: 'boolean' }],
  };
}

export function notNegative(
  name: string,
  label: string,
  description: string,
  standard: number,
): Omit<ModelArgument, 'becomes'> {
  return {
    name,
    label,
    description,
    types: ['float'],
    default: standard,
    accepts: [{ kind: 'number', minimum: 0 }],
  };
}
