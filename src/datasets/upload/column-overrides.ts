import { Problem, type ProblemItem } from '../../errors/problem.js';
import { COLUMN_TYPES, type ColumnType } from '../../learn/matrix/table.js';
import type { ColumnOverride } from '../ingest/ingest-types.js';

const DATE_ORDERS = ['day_first', 'month_first'] as const;
const MAX_MARKERS = 100;
const MAX_MARKER_LENGTH = 1_000;

/**
 * `{"zip": {"type": "text"}, "age": {"missing": ["-1", "unknown"]}, "born": {"type": "date", "dateOrder": "day_first"}}`:
 * what the caller says of columns, by their names.
 * @throws Problem invalid_request
 */
export function parseColumnOverrides(text: string): ColumnOverride[] {
  const columns = parsed(text);
  if (!isObject(columns)) refuse([item('columns', 'must be a JSON object with an object for each column')]);
  const items: ProblemItem[] = [];
  const overrides = Object.entries(columns).map(([name, said]): ColumnOverride => {
    const found = isObject(said) ? itemsOf(said) : ['must be an object'];
    items.push(...found.map((message) => item('columns', message, name)));
    return { name, ...(said as Omit<ColumnOverride, 'name'>) };
  });
  if (items.length > 0) refuse(items);
  return overrides;
}

function itemsOf(said: Readonly<Record<string, unknown>>): string[] {
  const { type, missing, dateOrder, ...others } = said;
  const isMarker = (marker: unknown) => typeof marker === 'string' && marker.length <= MAX_MARKER_LENGTH;
  const isList = Array.isArray(missing) && missing.length <= MAX_MARKERS && missing.every(isMarker);
  const checks: readonly (readonly [boolean, string])[] = [
    [
      type === undefined || COLUMN_TYPES.includes(type as ColumnType),
      `type must be one of ${COLUMN_TYPES.join(', ')}`,
    ],
    [missing === undefined || isList, `missing must be a list of at most ${MAX_MARKERS} texts`],
    [
      dateOrder === undefined || DATE_ORDERS.some((order) => order === dateOrder),
      `dateOrder must be one of ${DATE_ORDERS.join(', ')}`,
    ],
    [Object.keys(others).length === 0, 'only type, missing and dateOrder may be said of a column'],
  ];
  return checks.flatMap(([isSound, message]) => (isSound ? [] : [message]));
}

function item(argument: string, message: string, column?: string): ProblemItem {
  return { code: 'out_of_range', argument, message, ...(column === undefined ? {} : { column }) };
}

function refuse(items: ProblemItem[]): never {
  throw new Problem('invalid_request', `columns: ${items[0]!.message}.`, items.slice(0, 100));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
