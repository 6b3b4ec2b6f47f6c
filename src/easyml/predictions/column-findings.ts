import type { ProblemItem } from '../../errors/problem.js';
import type { PandasColumn } from '../pandas-columns.js';
import type { ModelInfo } from '../trainings/model-infos.js';

const MISSING = 'Missing column that was not dropped during training';
const OTHER_TYPE = 'Unexpected type';

/** A column of a prediction file that does not fit the training's. */
export interface InvalidColumn {
  readonly detail: string;
  readonly name: string;
  readonly expected_type?: string;
}

/**
 * Compares the columns of a prediction file with those of the training: types must be equal, columns that training did
 * not know are told, and so are those that it used and the file does not have.
 * @param read the columns as they are read for the model: texts that look like booleans here are the texts they were
 */
export function invalidColumns(
  columns: readonly PandasColumn[],
  { dataset_info, to_drop, y_col }: ModelInfo,
  read: readonly PandasColumn[] = columns,
): InvalidColumn[] {
  const known = new Map(dataset_info.columns.map((column) => [column.name, column]));
  const isUnused = (name: string) => to_drop.includes(name) || name === y_col;
  const found = columns.flatMap(({ name, type: looked }, k): InvalidColumn[] => {
    const type = looked === 'bool' ? read[k]!.type : looked;
    const expected = known.get(name)?.type;
    if (expected === undefined) return isUnused(name) ? [] : [{ detail: MISSING, name }];
    return type === expected ? [] : [{ detail: OTHER_TYPE, name, expected_type: expected }];
  });
  const names = new Set(columns.map(({ name }) => name));
  const absent = dataset_info.columns.filter(({ name }) => !names.has(name) && !isUnused(name));
  return [...found, ...absent.map(({ name }) => ({ detail: MISSING, name }))];
}

/** What the model itself says of columns, in the same words: pandas has one type for texts and for dates. */
export function unfitColumns(items: readonly ProblemItem[], { dataset_info }: ModelInfo): InvalidColumn[] {
  return items.map(({ code, column: name = '' }) => {
    if (code === 'missing_column') return { detail: MISSING, name };
    const expected = dataset_info.columns.find((column) => column.name === name)?.type;
    return { detail: OTHER_TYPE, name, ...(expected === undefined ? {} : { expected_type: expected }) };
  });
}
