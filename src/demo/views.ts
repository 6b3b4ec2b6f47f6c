import type { DatasetAnswer, PredictionAnswer } from './journey.js';
import { bar, decimal, grouped, print, printTable } from './terminal.js';

/** The parts of a classification report that the demo shows. */
export interface ClassificationReport {
  readonly nRows: { readonly training: number; readonly heldOut: number };
  readonly evaluation: {
    readonly metrics: Readonly<Record<string, number | null>>;
    readonly confusionMatrix: {
      readonly labels: readonly string[];
      readonly cells: readonly (readonly number[])[];
    };
  };
  readonly importances: {
    readonly columns: readonly { readonly name: string; readonly importance: number }[];
  };
}

const N_IMPORTANCES = 6;

/** The columns with their types and what is missing. */
export function showSchema(dataset: DatasetAnswer): void {
  printTable([
    ['column', 'type', 'missing', 'distinct'],
    ...dataset.columns.map(({ name, type, nullCount, distinctCount, missingMarkers }) => [
      name,
      type,
      missingMarkers.length === 0
        ? grouped(nullCount)
        : `${grouped(nullCount)} (${missingMarkers.join(' ')})`,
      distinctCount,
    ]),
  ]);
}

/** Metrics, confusion matrix and what mattered most. */
export function showReport({ nRows, evaluation, importances }: ClassificationReport): void {
  const { metrics, confusionMatrix } = evaluation;
  print(`   fitted on ${grouped(nRows.training)} rows, evaluated on ${grouped(nRows.heldOut)} held-out rows`);
  print();
  printTable([
    ['accuracy', decimal(metrics['accuracy'])],
    ['balanced accuracy', decimal(metrics['balancedAccuracy'])],
    ['ROC AUC', decimal(metrics['rocAuc'])],
  ]);
  print();
  printTable([
    ['actual ↓  predicted →', ...confusionMatrix.labels],
    ...confusionMatrix.labels.map((label, i) => [label, ...(confusionMatrix.cells[i] ?? [])]),
  ]);
  print();
  const top = importances.columns.slice(0, N_IMPORTANCES);
  const largest = top[0]?.importance ?? 1;
  printTable(top.map(({ name, importance }) => [name, bar(importance / largest, 20), decimal(importance)]));
}

/** One line a person, and what the model warns of. */
export function showPredictions(names: readonly string[], answer: PredictionAnswer): void {
  printTable(
    answer.predictions.map(({ label, probabilities = {} }, i) => [
      names[i] ?? '',
      `→ ${String(label)}`,
      Object.entries(probabilities)
        .map(([name, probability]) => `${name} ${decimal(probability)}`)
        .join('   '),
    ]),
  );
  for (const { row, column, message } of answer.warnings) {
    print(`   ! ${names[row] ?? row}, ${column ?? 'row'}: ${message}`);
  }
}
