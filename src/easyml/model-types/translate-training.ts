import type { ParameterValue, ParameterValues } from '../../learn/parameters.js';
import type { Normalization } from '../../learn/pipeline/spec.js';
import { validateParameters } from '../../learn/validate-parameters.js';
import { PythonFloat, type PythonValue, toPlain } from '../python-json.js';
import type { Arguments } from './check-arguments.js';
import type { ModelArgument, ModelType } from './model-type.js';

/** One parameter as people are shown it. */
export interface ShownParameter {
  readonly name: string;
  readonly humanName: string;
  readonly value: ParameterValue;
}

/** What a request says of a training, in EasyML's words. */
export interface AskedTraining {
  readonly params: readonly ShownParameter[];
  readonly to_drop: readonly string[];
  readonly y_col: string | null;
  readonly normalization_method: string | null;
}

/** The same in ours. */
export interface TranslatedTraining {
  readonly algorithm: string;
  readonly parameters: ParameterValues;
  readonly target: string | null;
  readonly dropColumns: readonly string[];
  readonly normalization: Normalization;
  readonly testShare: number;
}

const STANDARD_TEST_SIZE = 0.1;
/** What a share becomes that is none. */
const FALLBACK_TEST_SHARE = 0.2;

/**
 * Translates a request whose arguments are of the right types.
 * @returns `problems`: a sentence for every value that the model type does not take; the training is then to fail
 */
export function translateTraining(
  type: ModelType,
  sent: Arguments,
): { asked: AskedTraining; translated: TranslatedTraining; problems: string[] } {
  const problems: string[] = [];
  const params: ShownParameter[] = [];
  const parameters: [string, ParameterValue][] = Object.entries(type.fixed ?? {});
  for (const argument of type.arguments) {
    const value = sentValue(argument, sent);
    const { shown, translated, problem } = translateValue(argument, value);
    params.push({ name: argument.name, humanName: argument.label, value: shown });
    if (problem !== undefined) problems.push(problem);
    if (argument.becomes !== null) parameters.push([argument.becomes, translated]);
  }
  const toDrop = (sent['to_drop'] as readonly PythonValue[]).filter((name) => typeof name === 'string');
  const target = textOf(sent['y_col']);
  const method = textOf(sent['normalization_method']);
  return {
    asked: { params, to_drop: toDrop, y_col: target, normalization_method: method },
    translated: {
      algorithm: type.algorithm,
      parameters: Object.fromEntries(parameters),
      target,
      dropColumns: toDrop,
      normalization: method === 'min_max' || method === 'std' ? method : 'none',
      testShare: type.isSupervised ? testShareOf(sent['test_size']) : 0,
    },
    problems,
  };
}

/** null is the default where it is no value of its own. */
function sentValue(argument: ModelArgument, sent: Arguments): PythonValue {
  const value = sent[argument.name];
  const takesNull = argument.accepts.some(({ kind }) => kind === 'null');
  return value === undefined || (value === null && !takesNull) ? (argument.default as PythonValue) : value;
}

function translateValue(
  argument: ModelArgument,
  value: PythonValue,
): { shown: ParameterValue; translated: ParameterValue; problem?: string } {
  const plain = toPlain(value);
  const { values, problems } = validateParameters({ parameters: [argument] }, { [argument.name]: plain });
  const legal = values[argument.name] as ParameterValue;
  const translated = argument.translate === undefined ? renamed(argument, legal) : argument.translate(value);
  if (problems.length === 0 && translated !== undefined) return { shown: legal, translated };
  const expected = problems[0]?.expected ?? 'an integer >= 1, or a float > 0 and <= 1';
  return {
    shown: plain as ParameterValue,
    translated: argument.default,
    problem: `${argument.name} must be ${expected}.`,
  };
}

function renamed({ renamed: names = {} }: ModelArgument, value: ParameterValue): ParameterValue {
  return typeof value === 'string' && Object.hasOwn(names, value) ? names[value]! : value;
}

function textOf(value: PythonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** Absent: a tenth. Null, nothing, everything or less than nothing: a fifth. */
function testShareOf(sent: PythonValue | undefined): number {
  if (sent === undefined) return STANDARD_TEST_SIZE;
  const share = sent instanceof PythonFloat ? sent.value : 0;
  return share > 0 && share < 1 ? share : FALLBACK_TEST_SHARE;
}
