import { type PythonType, type PythonValue, pythonTypeOf } from '../python-json.js';
import type { ModelType } from './model-type.js';

/** The arguments of a request by name. */
export type Arguments = Readonly<Record<string, PythonValue>>;

/** An argument of the wrong type; those of optional ones are called `argument`. */
export type InvalidArgument =
  | { readonly arg: string; readonly sent_type: PythonType; readonly expected_type: PythonType }
  | {
      readonly argument: string;
      readonly sent_type: PythonType;
      readonly expected_type: PythonType | readonly PythonType[];
    };

interface Typed {
  readonly name: string;
  readonly types: readonly PythonType[];
}

const NORMALIZATION: Typed = { name: 'normalization_method', types: ['str'] };
const TEST_SIZE: Typed = { name: 'test_size', types: ['float'] };
const TO_DROP: Typed = { name: 'to_drop', types: ['list'] };
const TARGET: Typed = { name: 'y_col', types: ['str'] };

export function mandatoryArguments({ isSupervised }: ModelType): readonly Typed[] {
  return isSupervised ? [TO_DROP, TARGET] : [TO_DROP];
}

export function optionalArguments(type: ModelType): readonly Typed[] {
  const common = type.isSupervised ? [NORMALIZATION, TEST_SIZE] : [TARGET, NORMALIZATION];
  return [...common, ...type.arguments];
}

/** The names of those that were not sent. */
export function missingArguments(expected: readonly { readonly name: string }[], sent: Arguments): string[] {
  return expected.filter(({ name }) => !Object.hasOwn(sent, name)).map(({ name }) => name);
}

/** Mandatory arguments of the wrong type; all have been sent. */
export function invalidMandatory(expected: readonly Typed[], sent: Arguments): InvalidArgument[] {
  return expected.flatMap(({ name, types }) => {
    const sentType = pythonTypeOf(sent[name]!);
    const [only] = types;
    return types.includes(sentType) ? [] : [{ arg: name, sent_type: sentType, expected_type: only! }];
  });
}

/** Optional arguments of the wrong type; absent and null ones are right. */
export function invalidOptional(expected: readonly Typed[], sent: Arguments): InvalidArgument[] {
  return expected.flatMap(({ name, types }) => {
    const value = Object.hasOwn(sent, name) ? sent[name]! : null;
    const sentType = pythonTypeOf(value);
    if (value === null || types.includes(sentType)) return [];
    return [{ argument: name, sent_type: sentType, expected_type: types.length === 1 ? types[0]! : types }];
  });
}
