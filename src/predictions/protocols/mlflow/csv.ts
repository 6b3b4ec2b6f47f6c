import { Problem } from '../../../errors/problem.js';

/**
 * The records of a CSV text (RFC 4180): fields in quotes may hold commas, line ends and doubled quotes; lines end in LF
 * or CRLF; empty lines are passed over.
 * @throws Problem invalid_request where a quoted field has no end; payload_too_large
 */
export function parseCsv(text: string, maxRecords: number): string[][] {
  const records: string[][] = [];
  const pattern = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y;
  let record: string[] = [];
  // A byte-order mark is no part of the first column's name.
  pattern.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  while (pattern.lastIndex < text.length || record.length > 0) {
    const match = pattern.exec(text);
    if (match === null) throw malformed(records.length + 1);
    const [, quoted, plain = '', end] = match;
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
    if (records.length > maxRecords) {
      throw new Problem('payload_too_large', `A request may have ${maxRecords - 1} rows here.`);
    }
  }
  return records;
}

function malformed(line: number): Problem {
  const message = 'The CSV cannot be read here.';
  return new Problem('invalid_request', 'The body is not valid CSV.', [
    { code: 'invalid_csv', message, line },
  ]);
}
