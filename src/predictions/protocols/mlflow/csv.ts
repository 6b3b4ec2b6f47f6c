import { Problem } from '../../../errors/problem.js';

/**
 * The records of a CSV text (RFC 4180): fields in quotes may hold commas, line ends and doubled quotes; lines end in LF
 * or CRLF; empty lines are passed over, which one with an empty text in quotes is not.
 * @throws Problem invalid_request where a quoted field has no end; payload_too_large
 */
export function parseCsv(text: string, maxRecords: number): string[][] {
  const records: string[][] = [];
  const pattern = /([^",\r\n]*)(,|\r?\n|\r|$)/y;
  let record: string[] = [];
  // A byte-order mark is no part of the first column's name.
  pattern.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  while (pattern.lastIndex < text.length || record.length > 0) {
    const from = pattern.lastIndex;
    const isQuoted = text[from] === '"';
    // Not by the pattern: a field of millions of doubled quotes would be too much for the engine.
    if (isQuoted) pattern.lastIndex = behindQuotes(text, from);
    const fieldEnd = pattern.lastIndex;
    const match = fieldEnd < 0 ? null : pattern.exec(text);
    if (match === null || (isQuoted && match[1] !== '')) throw malformed(records.length + 1);
    const [, plain = '', end] = match;
    record.push(isQuoted ? text.slice(from + 1, fieldEnd - 1).replaceAll('""', '"') : plain);
    if (end === ',') continue;
    if (record.length > 1 || record[0] !== '' || isQuoted) records.push(record);
    record = [];
    if (records.length > maxRecords) {
      throw new Problem('payload_too_large', `A request may have ${maxRecords - 1} rows here.`);
    }
  }
  return records;
}

/** The place behind the quote that ends a field; -1 where none does. */
function behindQuotes(text: string, from: number): number {
  let at = text.indexOf('"', from + 1);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at < 0 ? -1 : at + 1;
}

function malformed(line: number): Problem {
  const message = 'The CSV cannot be read here.';
  return new Problem('invalid_request', 'The body is not valid CSV.', [
    { code: 'invalid_csv', message, line },
  ]);
}
