import type { OutputKind } from '../../../learn/estimator.js';
import type { ModelSignature } from '../../../learn/pipeline/signature.js';
import type { AddedColumns, FileColumn, RowProblemPolicy } from './file-task-types.js';

/** What the model itself says of what it gives. */
export interface ModelOutputs {
  readonly outputKind: OutputKind;
  readonly nOutputs: number;
}

/**
 * Names the columns that a prediction adds: `<target>_predicted`, or `prediction` for clusters;
 * `<target>_probability_<class>`; `warnings`; `error`. A name that the file has already gets a number behind it.
 */
export function nameAdded(
  { target }: ModelSignature,
  { outputKind }: ModelOutputs,
  columns: readonly FileColumn[],
  onRowProblem: RowProblemPolicy,
): AddedColumns {
  const taken = new Set(columns.map(({ name }) => name));
  const free = (wanted: string) => {
    let name = wanted;
    for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`;
    taken.add(name);
    return name;
  };
  const { name, classes = [] } = target;
  const prediction = free(name === null ? 'prediction' : `${name}_predicted`);
  const labels = outputKind === 'probabilities' ? classes : [];
  return {
    prediction,
    probabilities: labels.map((label) => ({ label, column: free(`${name}_probability_${label}`) })),
    warnings: free('warnings'),
    error: onRowProblem === 'keep' ? free('error') : null,
  };
}

/** The same as columns of a canonical table, in the order in which they are written. */
export function addedColumns(
  added: AddedColumns,
  { target }: ModelSignature,
  { outputKind }: ModelOutputs,
): FileColumn[] {
  const isClass = outputKind === 'probabilities' || outputKind === 'scores';
  const classes = target.classes ?? [];
  const prediction: FileColumn = isClass
    ? { name: added.prediction, ...typeOfLabels(classes) }
    : { name: added.prediction, type: 'number', integer: outputKind === 'cluster' };
  return [
    prediction,
    ...added.probabilities.map(
      ({ column }): FileColumn => ({ name: column, type: 'number', integer: false }),
    ),
    { name: added.warnings, type: 'number', integer: true },
    ...(added.error === null ? [] : [{ name: added.error, type: 'text' } as const]),
  ];
}

function typeOfLabels(classes: readonly (string | number | boolean)[]): Pick<FileColumn, 'type' | 'integer'> {
  if (classes.every((label) => typeof label === 'boolean')) return { type: 'boolean' };
  if (classes.every((label) => typeof label === 'number'))
    return { type: 'number', integer: classes.every(Number.isInteger) };
  return { type: 'text' };
}
