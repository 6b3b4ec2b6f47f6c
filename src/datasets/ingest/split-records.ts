/**
 * Splits text into records and fields, as RFC 4180 says, generously: a quote opens a quoted field only at the field's
 * start (blanks may precede it), a doubled quote inside is one, and whatever follows the closing quote is kept.
 * For the head of a file and for its header; the whole file is the scanner's and DuckDB's.
 *
 * @param quote one character, or '' for no quoting.
 * @param escapeMark the quote, or a backslash: what precedes a quote inside of a quoted field.
 * @returns records that hold something; empty lines are left out.
 */
export function splitRecords(text: string, delimiter: string, quote: string, escapeMark = quote): string[][] {
  const records: string[][] = [];
  let fields: string[] = [];
  let position = 0;
  while (position < text.length) {
    const field = takeField(text, position, delimiter, quote, escapeMark);
    fields.push(field.value);
    position = field.end;
    if (text[position] === delimiter) {
      position++;
      if (position < text.length) continue;
      fields.push('');
    } else {
      position += text.startsWith('\r\n', position) ? 2 : 1;
    }
    if (fields.length > 1 || fields[0] !== '') records.push(fields);
    fields = [];
  }
  return records;
}

/** The field that starts at `start`; `end` is the place of the delimiter or line break behind it. */
function takeField(
  text: string,
  start: number,
  delimiter: string,
  quote: string,
  escapeMark: string,
): { value: string; end: number } {
  let open = start;
  while (text[open] === ' ' && delimiter !== ' ') open++;
  if (quote === '' || text[open] !== quote) {
    const end = fieldEnd(text, start, delimiter);
    return { value: text.slice(start, end), end };
  }
  let value = '';
  for (let from = open + 1; from < text.length; from++) {
    const character = text[from]!;
    const next = text[from + 1];
    if (character === escapeMark && escapeMark !== quote && next !== undefined) {
      value += next;
      from++;
    } else if (character !== quote) value += character;
    else if (escapeMark === quote && next === quote) {
      value += quote;
      from++;
    } else {
      const end = fieldEnd(text, from + 1, delimiter);
      return { value: value + text.slice(from + 1, end).trimEnd(), end };
    }
  }
  return { value, end: text.length };
}

function fieldEnd(text: string, start: number, delimiter: string): number {
  let end = start;
  while (end < text.length) {
    const character = text[end];
    if (character === delimiter || character === '\n' || character === '\r') break;
    end++;
  }
  return end;
}
