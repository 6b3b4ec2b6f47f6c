import { Problem } from '../../errors/problem.js';
import { FOREIGN_FORMATS, type ForeignFormat, type ImportChoices } from './foreign-model.js';

const TASKS = ['classification', 'regression', 'clustering'] as const;
const ARGUMENTS = ['format', 'columns', 'classes', 'task', 'output'] as const;
const MAX_LENGTH = 200_000;

/** What a caller has said in the address. @throws Problem invalid_request */
export function readChoices(query: Readonly<Record<string, unknown>>): {
  readonly format: ForeignFormat | undefined;
  readonly choices: ImportChoices;
} {
  for (const [argument, value] of Object.entries(query)) {
    if (!ARGUMENTS.some((known) => known === argument)) {
      throw refused('unknown_argument', argument, `the arguments here are ${ARGUMENTS.join(', ')}`);
    }
    if (typeof value !== 'string' || value === '' || value.length > MAX_LENGTH) {
      throw refused('wrong_type', argument, `${argument} must be given once, and not empty`);
    }
  }
  const texts = query as Readonly<Record<string, string | undefined>>;
  const list = (text: string | undefined) => text?.split(',');
  return {
    format: oneOf('format', FOREIGN_FORMATS, texts['format']),
    choices: {
      columns: list(texts['columns']),
      classes: list(texts['classes']),
      task: oneOf('task', TASKS, texts['task']),
      output: texts['output'],
    },
  };
}

function oneOf<T extends string>(
  argument: string,
  known: readonly T[],
  value: string | undefined,
): T | undefined {
  const found = known.find((item) => item === value);
  if (value !== undefined && found === undefined) {
    throw refused('out_of_range', argument, `${argument} must be one of ${known.join(', ')}`);
  }
  return found;
}

function refused(code: string, argument: string, message: string): Problem {
  return new Problem('invalid_request', `${message}.`, [{ code, message, argument }]);
}
