/**
 * Splits text into records and fields, as RFC 4180 says, generously: a quote opens a quoted field only at the field's
 * start (blanks may precede it), a doubled quote inside is one, and whatever follows the closing quote is kept.
 * For the head of a file and for its header; the whole file is the scanner's and DuckDB's.
 *
 * @param quote one character, or '' for no quoting.
 * @returns records that hold something; empty lines are left out.
 */
export function splitRecords(text: string, delimiter: string, quote: string): string[][] {
  const records: string[][] = [];
  let fields: string[] = [];
  let position = 0;
  while (position < text.length) {
    const field = takeField(text, position, delimiter, quote);
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
): { value: string; end: number } {
  let open = start;
  while (text[open] === ' ' && delimiter !== ' ') open++;
  if (quote === '' || text[open] !== quote) {
    const end = fieldEnd(text, start, delimiter);
    return { value: text.slice(start, end), end };
  }
  let value = '';
  let from = open + 1;
  for (;;) {
    const close = text.indexOf(quote, from);
    if (close === -1) return { value: value + text.slice(from), end: text.length };
    value += text.slice(from, close);
    if (text[close + 1] !== quote) {
      const end = fieldEnd(text, close + 1, delimiter);
      return { value: value + text.slice(close + 1, end).trimEnd(), end };
    }
    value += quote;
    from = close + 2;
  }
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
