import type { Dataset } from './dataset-types.js';

/** A data set as it is told to callers; Dataset in openapi.yaml. */
export function datasetView({ id, name, ownerId, current, createdAt, updatedAt }: Dataset) {
  const { version, format, nRows, nColumns, nBytes, sha256, columns, dialect } = current;
  return {
    id,
    name,
    ownerId,
    version,
    format,
    nRows,
    nColumns,
    nBytes,
    sha256,
    columns,
    dialect,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
