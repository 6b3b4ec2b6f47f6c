import type { ColumnType } from '../matrix/table.js';
import type { RecipeColumn, RecipeProblem } from './recipe-plan.js';

export type Expectation = 'text' | 'number' | 'boolean';

export const STEP_KINDS = [
  'filter',
  'drop',
  'rename',
  'retype',
  'missing',
  'fill',
  'clip',
  'derive',
  'split_date',
  'group_rare',
  'sample',
  'deduplicate',
] as const;

const MAX_NAME_LENGTH = 255;

/** The arguments of one step as they were sent; notes every one that is wrong, and those that nobody asked for. */
export class StepReader {
  readonly problems: RecipeProblem[] = [];
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly #step: Readonly<Record<string, unknown>>;
  readonly #asked = new Set(['step']);

  constructor(
    step: unknown,
    private readonly place: string,
    private readonly known: readonly RecipeColumn[],
  ) {
    const isObject = typeof step === 'object' && step !== null && !Array.isArray(step);
    this.#step = isObject ? (step as Record<string, unknown>) : {};
    this.types = new Map(known.map(({ name, type }) => [name, type]));
  }

  get kind(): unknown {
    return this.#step['step'];
  }

  problem(argument: string, code: string, message: string, expectedType?: string): undefined {
    const place = `${this.place}.${argument}`;
    const type = expectedType === undefined ? {} : { expectedType };
    this.problems.push({ code, argument: place, message: `${place}: ${message}`, ...type });
    return undefined;
  }

  unknownKind(): void {
    this.problem('step', 'out_of_range', `expected one of ${STEP_KINDS.join(', ')}`);
    for (const name of Object.keys(this.#step)) this.#asked.add(name);
  }

  /** All problems; call it when every argument was read. */
  finish(): readonly RecipeProblem[] {
    for (const name of Object.keys(this.#step)) {
      // A name that is not ours is not repeated.
      if (!this.#asked.has(name))
        this.problem('*', 'unknown_argument', 'the step has an argument that it does not take');
    }
    return this.problems;
  }

  column(argument: string, types?: readonly ColumnType[]): RecipeColumn | undefined {
    const name = this.value(argument, 'text');
    if (name === undefined) return undefined;
    const found = this.known.find((one) => one.name === name);
    if (found === undefined) return this.problem(argument, 'unknown_column', 'there is no such column');
    if (types === undefined || types.includes(found.type)) return found;
    return this.problem(
      argument,
      'wrong_type',
      `expected a column of type ${types.join(' or ')}`,
      types.join(' or '),
    );
  }

  columns(argument: string): string[] | undefined {
    const names = this.list(argument, 'text', 10_000) as string[];
    const unknown = names.findIndex((name) => !this.types.has(name));
    if (unknown >= 0)
      return this.problem(`${argument}[${unknown}]`, 'unknown_column', 'there is no such column');
    return names.length === 0 ? undefined : names;
  }

  /** All of them when it is absent. */
  optionalColumns(argument: string): string[] | undefined {
    this.#asked.add(argument);
    return this.#step[argument] === undefined ? this.known.map(({ name }) => name) : this.columns(argument);
  }

  newName(argument: string): string | undefined {
    const name = this.anyName(argument);
    return name === undefined ? undefined : this.#free(argument, name);
  }

  /** Of a column that is there or is made. */
  anyName(argument: string): string | undefined {
    const name = this.value(argument, 'text');
    if (typeof name !== 'string') return undefined;
    if (name.trim() !== '' && name.length <= MAX_NAME_LENGTH) return name;
    return this.problem(argument, 'out_of_range', `expected 1 to ${MAX_NAME_LENGTH} characters`);
  }

  freeName(name: string): string {
    this.#free('column', name);
    return name;
  }

  #free(argument: string, name: string): string | undefined {
    if (!this.types.has(name)) return name;
    return this.problem(argument, 'name_taken', 'there is a column of this name');
  }

  has(argument: string): boolean {
    this.#asked.add(argument);
    return this.#step[argument] !== undefined;
  }

  value(argument: string, expected: Expectation): string | number | boolean | undefined {
    this.#asked.add(argument);
    const value = this.#step[argument];
    if (value === undefined) return this.problem(argument, 'missing_argument', 'is missing');
    return this.#checked(argument, value, expected);
  }

  number(argument: string, minimum: number, maximum: number): number | undefined {
    const value = this.value(argument, 'number') as number | undefined;
    if (value === undefined || (value >= minimum && value <= maximum)) return value;
    return this.problem(argument, 'out_of_range', `expected ${minimum} to ${maximum}`);
  }

  optionalNumber(
    argument: string,
    minimum = -Number.MAX_VALUE,
    maximum = Number.MAX_VALUE,
  ): number | undefined {
    this.#asked.add(argument);
    return this.#step[argument] === undefined ? undefined : this.number(argument, minimum, maximum);
  }

  choice<Choice extends string>(argument: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.value(argument, 'text');
    if (value === undefined || choices.includes(value as Choice)) return value as Choice | undefined;
    return this.problem(argument, 'out_of_range', `expected one of ${choices.join(', ')}`);
  }

  /** Empty when something was wrong. */
  list(
    argument: string,
    expected: Expectation,
    longest: number,
    shortest = 1,
  ): (string | number | boolean)[] {
    this.#asked.add(argument);
    const value = this.#step[argument];
    if (!Array.isArray(value) || value.length < shortest || value.length > longest) {
      this.problem(argument, 'wrong_type', `expected a list of ${shortest} to ${longest}`, 'array');
      return [];
    }
    const items = value.map((item, index) => this.#checked(`${argument}[${index}]`, item, expected));
    return items.includes(undefined) ? [] : (items as (string | number | boolean)[]);
  }

  #checked(argument: string, value: unknown, expected: Expectation): string | number | boolean | undefined {
    const wanted = expected === 'text' ? 'string' : expected;
    const isRight = typeof value === wanted && (typeof value !== 'number' || Number.isFinite(value));
    if (isRight) return value as string | number | boolean;
    return this.problem(argument, 'wrong_type', `expected a ${expected}`, expected);
  }
}
