import type { Json, JsonObject } from '../../learn/json.js';

/** How many importances a summary names. */
const N_IMPORTANCES = 5;

/** The part of a report that fits into a callback and a list of models: single numbers, and what mattered most. */
export function summarize(report: JsonObject): JsonObject {
  const { task, algorithm, nRows, nFeatures } = report;
  const importances = objectOrEmpty(report['importances'])['columns'];
  return {
    task: task ?? null,
    algorithm: algorithm ?? null,
    nRows: nRows ?? null,
    nFeatures: nFeatures ?? null,
    metrics: numbersOf(objectOrEmpty(report['evaluation'])),
    topImportances: Array.isArray(importances) ? importances.slice(0, N_IMPORTANCES) : null,
  };
}

/** Members that are single numbers; those of nested objects too, one level down. */
function numbersOf(evaluation: JsonObject): JsonObject {
  const entries = Object.entries(evaluation).flatMap(([name, value]): [string, Json][] => {
    if (typeof value === 'number') return [[name, value]];
    return Object.entries(objectOrEmpty(value)).filter(([, member]) => typeof member === 'number');
  });
  return Object.fromEntries(entries.slice(0, 50));
}

function objectOrEmpty(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
