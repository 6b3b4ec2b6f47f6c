import { Problem, type ProblemItem } from '../../errors/problem.js';
import type { IngestReport } from './ingest-types.js';

const MAX_ITEMS = 100;

/** Names of columns, and what was done to get them. */
export interface ColumnNames {
  readonly names: readonly string[];
  readonly reports: readonly IngestReport[];
}

/**
 * The names as they are used: without the blanks around them; a column without a name gets one (the index of a pandas
 * frame is such a column), and that is reported.
 *
 * @param line of the header, from 1; undefined where the file has no lines.
 * @throws Problem dataset_unreadable for names that come twice, unless they are to be renamed: then the second
 *   `price` becomes `price_2`, which is reported.
 */
export function columnNames(
  given: readonly string[],
  policy: 'reject' | 'rename',
  line: number | undefined,
): ColumnNames {
  const trimmed = given.map((name) => name.trim());
  const taken = new Set(trimmed);
  const seen = new Map<string, number>();
  const defects: ProblemItem[] = [];
  const unnamed: string[] = [];
  const renamed: string[] = [];
  const place = line === undefined ? {} : { line };
  const free = (wanted: string): string => {
    let name = wanted;
    for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`;
    taken.add(name);
    return name;
  };
  const names = trimmed.map((name, index) => {
    const position = index + 1;
    if (name === '') {
      const generated = free(`column_${position}`);
      unnamed.push(generated);
      return generated;
    }
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, position);
      return name;
    }
    const message = `Column ${position} has the same name as column ${first}.`;
    if (policy === 'reject') {
      defects.push({ code: 'duplicate_column_name', message, column: name, ...place });
      return name;
    }
    const other = free(`${name}_2`);
    renamed.push(other);
    return other;
  });
  if (defects.length > 0) {
    const where = line === undefined ? '' : `Line ${line}: `;
    throw new Problem('dataset_unreadable', `${where}${defects[0]!.message}`, defects.slice(0, MAX_ITEMS));
  }
  const lines = line === undefined ? [] : [line];
  const reports = [
    { code: 'empty_column_name', message: 'Columns without a name were given one.', columns: unnamed },
    {
      code: 'duplicate_column_name',
      message: 'Columns with a name of another one were renamed.',
      columns: renamed,
    },
  ].flatMap(({ code, message, columns }) =>
    columns.length === 0
      ? []
      : [{ code, message, count: columns.length, lines, columns: columns.slice(0, MAX_ITEMS) }],
  );
  return { names, reports };
}
