import type { ProblemItem } from '../../errors/problem.js';

/** What can be wrong with the structure of a delimited file; lines are physical, from 1. */

export function unclosedQuote(line: number): ProblemItem {
  const message = 'A quoted field starts in this line; it is not closed, or text follows its closing quote.';
  return { code: 'unclosed_quote', message, line };
}

export function lineTooLong(line: number, limitBytes: number): ProblemItem {
  return { code: 'line_too_long', message: `The line is longer than ${limitBytes} bytes.`, line };
}

export function invalidUtf8(line: number): ProblemItem {
  const message = 'The line is not valid UTF-8; save the file as UTF-8, or name its encoding.';
  return { code: 'invalid_encoding', message, line };
}

export function nulByte(line: number): ProblemItem {
  return { code: 'binary_data', message: 'The file holds NUL bytes: it is not text.', line };
}

export function raggedRecord(line: number, nFields: number, nColumns: number): ProblemItem {
  const code = nFields < nColumns ? 'too_few_fields' : 'too_many_fields';
  return { code, message: `The line has ${nFields} fields; the first has ${nColumns}.`, line };
}

export function tooManyColumns(line: number, message: string): ProblemItem {
  return { code: 'too_many_columns', message, line };
}
