import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { Problem, type ProblemItem } from '../errors/problem.js';
import { jsonTypeOf } from '../learn/json.js';

/** The constraints of class-validator that ask for a type, and the type's name. */
const EXPECTED_TYPES: Readonly<Record<string, string>> = {
  isString: 'string',
  isInt: 'integer',
  isNumber: 'number',
  isNumberString: 'number',
  isBoolean: 'boolean',
  isArray: 'array',
  isObject: 'object',
  isUuid: 'UUID',
  isDateString: 'ISO 8601 date',
  isIso8601: 'ISO 8601 date',
  nestedValidation: 'object',
};

/** Checks bodies, queries and paths against their DTO; reports everything that is wrong at once. */
export function createValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    exceptionFactory: (errors: ValidationError[]) => {
      const items = toProblemItems(errors);
      return new Problem('invalid_request', sentenceFor(items), items);
    },
  });
}

/** Every failed constraint with its place, `a.b` for a nested argument. No value that was sent is in it. */
export function toProblemItems(errors: readonly ValidationError[], path = ''): ProblemItem[] {
  return errors.flatMap((error) => {
    const argument = path === '' ? error.property : `${path}.${error.property}`;
    const nested = error.children ?? [];
    const own = toItem(error, argument);
    return [...(own ? [own] : []), ...toProblemItems(nested, argument)];
  });
}

/** One item an argument: a value of the wrong type fails its other constraints too, which would only be noise. */
function toItem(error: ValidationError, argument: string): ProblemItem | undefined {
  const constraints = Object.entries(error.constraints ?? {});
  const first = constraints.at(-1);
  if (!first) return undefined;
  if (constraints.some(([name]) => name === 'whitelistValidation')) {
    return { code: 'unknown_argument', argument, message: `${argument} is not an argument here` };
  }
  if (error.value === undefined) {
    return { code: 'missing_argument', argument, message: `${argument} is missing` };
  }
  const typed = constraints.find(([name]) => EXPECTED_TYPES[name] !== undefined);
  if (typed) {
    const expectedType = EXPECTED_TYPES[typed[0]]!;
    const sentType = jsonTypeOf(error.value);
    const message = `${argument} must be of type ${expectedType}, not ${sentType}`;
    return { code: 'wrong_type', argument, sentType, expectedType, message };
  }
  const message = first[1].startsWith(error.property)
    ? first[1].slice(error.property.length).trim()
    : first[1];
  return { code: 'out_of_range', argument, message: `${argument} ${message}` };
}

function sentenceFor(items: readonly ProblemItem[]): string {
  return items.length === 1
    ? `${items[0]!.message}.`
    : `${items.length} arguments are not valid; see errors[].`;
}
