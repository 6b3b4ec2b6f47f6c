import { DuckDBListValue, DuckDBStructValue, type DuckDBValue } from '@duckdb/node-api';

export interface ValueCount<Value> {
  readonly value: Value;
  readonly count: number;
}

const N_TOP_VALUES = 10;
/** The most frequent of values `v` with counts `n`, the smaller value first among equals. */
export const TOP_VALUES_SQL = `min(struct_pack(rank := -n, v := v), ${N_TOP_VALUES})`;

export function topValuesOf<Value>(
  list: DuckDBValue | undefined,
  read: (value: DuckDBValue) => Value,
): ValueCount<Value>[] {
  if (!(list instanceof DuckDBListValue)) return [];
  return list.items.flatMap((item) =>
    item instanceof DuckDBStructValue
      ? [{ value: read(item.entries['v'] ?? null), count: -Number(item.entries['rank']) }]
      : [],
  );
}
