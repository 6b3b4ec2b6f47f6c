import type { DatasetFormat, DelimitedDialect, IngestOverrides } from './ingest-types.js';
import { isMissingCell, isTypedCell } from './spellings.js';
import { splitRecords } from './split-records.js';

/**
 * Finds out how a delimited file is written from its first part.
 *
 * Delimiter: the first record says how many fields there should be; the delimiter under which most of the other
 * records agree with it wins. Where several agree equally the comma comes last, because it is also the decimal comma
 * of files that are separated by something else. A colon or a space is believed only when nothing else splits the
 * file and every single record agrees: they occur in times and in prose.
 *
 * Header: a column of numbers or dates whose first cell is neither has a name there. Where every column is text, the
 * first record is a header unless one of its cells is empty, comes twice, or comes again below it in its column.
 */

const DELIMITERS = ['\t', ';', '|', ','] as const;
const LAST_RESORTS = [':', ' '] as const;
/** Enough to tell, little enough to be split a dozen times in a few milliseconds. */
const MAX_RECORDS = 500;

/**
 * @param head the first part of the file, decompressed and decoded.
 * @param isWhole whether that is all of it; otherwise the last record may be cut off and is not looked at.
 */
export function detectDialect(
  head: string,
  isWhole: boolean,
  format: DatasetFormat,
  overrides: IngestOverrides,
): Omit<DelimitedDialect, 'compression' | 'encoding'> {
  const quote = overrides.quote ?? detectQuote(head);
  const escapeMark = overrides.escape ?? detectEscape(head, quote);
  const recordsBy = (delimiter: string): string[][] => {
    const records = splitRecords(head, delimiter, quote, escapeMark);
    return (isWhole || records.length < 2 ? records : records.slice(0, -1)).slice(0, MAX_RECORDS);
  };
  const delimiter = overrides.delimiter ?? (format === 'tsv' ? '\t' : detectDelimiter(recordsBy));
  return {
    delimiter,
    quote,
    escape: escapeMark,
    hasHeader: overrides.hasHeader ?? looksLikeHeader(recordsBy(delimiter)),
  };
}

/** Single quotes only where whole cells are wrapped in them and none is wrapped in double quotes. */
function detectQuote(head: string): string {
  const wrapped = (quote: string) =>
    new RegExp(`(?:^|[\\t;|,])${quote}[^${quote}\\r\\n]*${quote}(?=[\\t;|,\\r\\n]|$)`, 'm').test(head);
  return !wrapped('"') && wrapped("'") ? "'" : '"';
}

/**
 * A backslash where quotes behind one do not end their field and none is doubled. A path may end in a backslash:
 * what follows its quote is a delimiter or the end of the line.
 */
function detectEscape(head: string, quote: string): string {
  if (quote === '' || !head.includes(`\\${quote}`)) return quote;
  const isEscape = new RegExp(`\\\\${quote}[^\\t;|,\\r\\n${quote}]`).test(head);
  const isDoubled = new RegExp(`[^\\t;|,\\r\\n${quote}]${quote}${quote}`).test(head);
  return isEscape && !isDoubled ? '\\' : quote;
}

function detectDelimiter(recordsBy: (delimiter: string) => string[][]): string {
  let best: string | undefined;
  let bestShare = 0;
  for (const delimiter of DELIMITERS) {
    const share = agreement(recordsBy(delimiter));
    if (share > bestShare) {
      best = delimiter;
      bestShare = share;
    }
  }
  if (best !== undefined) return best;
  return LAST_RESORTS.find((delimiter) => agreement(recordsBy(delimiter)) === 1) ?? ',';
}

/** The share of the records that have as many fields as the first; 0 when that has only one. */
function agreement(records: readonly string[][]): number {
  const nFields = records[0]?.length ?? 0;
  if (nFields < 2) return 0;
  return records.filter((record) => record.length === nFields).length / records.length;
}

function looksLikeHeader(records: readonly string[][]): boolean {
  const [first, ...rest] = records;
  if (first === undefined || rest.length === 0) return true;
  let votes = 0;
  for (const [index, cell] of first.entries()) {
    const values = rest.map((record) => record[index] ?? '').filter((value) => !isMissingCell(value));
    if (values.length === 0 || !values.every(isTypedCell)) continue;
    if (isTypedCell(cell)) votes--;
    else if (!isMissingCell(cell)) votes++;
  }
  if (votes !== 0) return votes > 0;
  const names = first.map((cell) => cell.trim());
  if (names.some((name) => name === '' || isTypedCell(name)) || new Set(names).size < names.length)
    return false;
  return !names.some((name, index) => rest.some((record) => record[index]?.trim() === name));
}
