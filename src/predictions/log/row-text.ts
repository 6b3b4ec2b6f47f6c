import type { LoggedRow } from './log-types.js';

/** A row as JSON that the database takes. */
export type RowText = string & { readonly kind: 'row' };

/** Escapes as JSON.stringify writes them: the zero character, half a surrogate pair, or any other. */
const ESCAPE = /\\(?:(u0000|ud[89a-f][0-9a-f]{2})|.)/g;
const REPLACEMENT = '\ufffd';

/**
 * PostgreSQL's texts have neither the zero character nor half a surrogate pair, and callers may send both: one such row would
 * have the rows of all callers in its statement refused. In their place comes the replacement character.
 */
export function textOfRow(row: LoggedRow): RowText {
  const text = JSON.stringify(row);
  if (!text.includes('\\u')) return text as RowText;
  return text.replace(ESCAPE, (whole, unfit?: string) =>
    unfit === undefined ? whole : REPLACEMENT,
  ) as RowText;
}
