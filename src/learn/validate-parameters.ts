import type { Algorithm } from './estimator.js';
import type {
  ParameterDefinition,
  ParameterProblem,
  ParameterTable,
  ParameterValue,
  ParameterValues,
  ValueRule,
} from './parameters.js';

/**
 * Checks what a request sent against an algorithm's table and fills in the defaults.
 * @param sent any JSON object; a key whose value is undefined counts as absent
 * @returns `values`, complete and legal when `problems` is empty (a parameter with a problem holds its default);
 *   `problems`, all of them at once: first those of single parameters in the order of the table, then unknown names,
 *   then contradictions between parameters that are legal on their own.
 */
export function validateParameters(
  algorithm: Pick<Algorithm, 'parameters' | 'conflicts'>,
  sent: Readonly<Record<string, unknown>>,
): { values: ParameterValues; problems: ParameterProblem[] } {
  const problems: ParameterProblem[] = [];
  const entries: [string, ParameterValue][] = [];
  for (const definition of algorithm.parameters) {
    const value = Object.hasOwn(sent, definition.name) ? sent[definition.name] : undefined;
    const problem = value === undefined ? undefined : problemOf(definition, value);
    if (problem !== undefined) problems.push(problem);
    const isLegal = value !== undefined && problem === undefined;
    entries.push([definition.name, isLegal ? (value as ParameterValue) : definition.default]);
  }
  const known = new Set(algorithm.parameters.map((definition) => definition.name));
  for (const [name, value] of Object.entries(sent)) {
    if (known.has(name) || value === undefined) continue;
    const expected = known.size === 0 ? 'no parameters' : `one of ${[...known].join(', ')}`;
    problems.push({ code: 'unknown_parameter', parameter: name, expected, sentType: jsonType(value) });
  }
  const values = Object.fromEntries(entries);
  // A default that stands in for a wrong value must not be blamed for a contradiction.
  const named = new Set(problems.map((problem) => problem.parameter));
  for (const conflict of algorithm.conflicts?.(values) ?? []) {
    if (!named.has(conflict.parameter)) problems.push(conflict);
  }
  return { values, problems };
}

/** Every parameter of a table at its default. */
export function defaultParameters(table: ParameterTable): ParameterValues {
  return Object.fromEntries(table.map((definition) => [definition.name, definition.default]));
}

/** A rule as a part of a sentence: "an integer >= 1". */
export function describeRule(rule: ValueRule): string {
  switch (rule.kind) {
    case 'integer':
      return withBounds('an integer', rule.minimum, undefined, rule.maximum, undefined);
    case 'number':
      return withBounds('a number', rule.minimum, rule.exclusiveMinimum, rule.maximum, rule.exclusiveMaximum);
    case 'boolean':
      return 'true or false';
    case 'choice':
      return rule.of.length === 1
        ? `"${rule.of[0]}"`
        : `one of ${rule.of.map((name) => `"${name}"`).join(', ')}`;
    case 'null':
      return 'null';
    case 'integerList':
      return `a list of at most ${rule.maxLength} integers from ${rule.minimum} to ${rule.maximum}`;
    case 'numberByName':
      return `an object of numbers >= ${rule.minimum}`;
  }
}

/** All the rules of a parameter: "an integer >= 1, or null". */
export function describeRules(rules: readonly ValueRule[]): string {
  return rules.map(describeRule).join(', or ');
}

type Verdict = 'accepted' | 'wrong_type' | 'out_of_range';

function problemOf(definition: ParameterDefinition, value: unknown): ParameterProblem | undefined {
  const verdicts = definition.accepts.map((rule) => judge(rule, value));
  if (verdicts.includes('accepted')) return undefined;
  return {
    code: verdicts.includes('out_of_range') ? 'out_of_range' : 'wrong_type',
    parameter: definition.name,
    expected: describeRules(definition.accepts),
    sentType: jsonType(value),
  };
}

function judge(rule: ValueRule, value: unknown): Verdict {
  switch (rule.kind) {
    case 'integer':
      return judgeNumber(value, rule, true);
    case 'number':
      return judgeNumber(value, rule, false);
    case 'boolean':
      return typeof value === 'boolean' ? 'accepted' : 'wrong_type';
    case 'null':
      return value === null ? 'accepted' : 'wrong_type';
    case 'choice':
      if (typeof value !== 'string') return 'wrong_type';
      return rule.of.includes(value) ? 'accepted' : 'out_of_range';
    case 'integerList':
      if (!Array.isArray(value)) return 'wrong_type';
      if (value.length > rule.maxLength) return 'out_of_range';
      return worst(value.map((item) => judgeNumber(item, rule, true)));
    case 'numberByName':
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'wrong_type';
      return worst(Object.values(value).map((item) => judgeNumber(item, rule, false)));
  }
}

interface Bounds {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
}

function judgeNumber(value: unknown, bounds: Bounds, integral: boolean): Verdict {
  if (typeof value !== 'number') return 'wrong_type';
  // 1e999 is legal JSON and arrives as Infinity: a number, but never a usable one.
  if (!Number.isFinite(value)) return 'out_of_range';
  if (integral && !Number.isSafeInteger(value))
    return Number.isInteger(value) ? 'out_of_range' : 'wrong_type';
  if (bounds.minimum !== undefined && value < bounds.minimum) return 'out_of_range';
  if (bounds.exclusiveMinimum !== undefined && value <= bounds.exclusiveMinimum) return 'out_of_range';
  if (bounds.maximum !== undefined && value > bounds.maximum) return 'out_of_range';
  if (bounds.exclusiveMaximum !== undefined && value >= bounds.exclusiveMaximum) return 'out_of_range';
  return 'accepted';
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('wrong_type')) return 'wrong_type';
  return verdicts.includes('out_of_range') ? 'out_of_range' : 'accepted';
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function withBounds(
  noun: string,
  minimum: number | undefined,
  exclusiveMinimum: number | undefined,
  maximum: number | undefined,
  exclusiveMaximum: number | undefined,
): string {
  const bounds: string[] = [];
  if (minimum !== undefined) bounds.push(`>= ${minimum}`);
  if (exclusiveMinimum !== undefined) bounds.push(`> ${exclusiveMinimum}`);
  if (maximum !== undefined) bounds.push(`<= ${maximum}`);
  if (exclusiveMaximum !== undefined) bounds.push(`< ${exclusiveMaximum}`);
  return bounds.length === 0 ? noun : `${noun} ${bounds.join(' and ')}`;
}
