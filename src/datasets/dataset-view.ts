import type { Dataset, DatasetVersion } from './dataset-types.js';

/** A data set as it is told to callers; Dataset in openapi.yaml. */
export function datasetView({ id, name, ownerId, current, createdAt, updatedAt }: Dataset) {
  const { version, format, nRows, nColumns, nBytes, sha256, columns, dialect, reports } = current;
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
    reports,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** One version; DatasetVersion in openapi.yaml. */
export function versionView(content: DatasetVersion) {
  const { version, format, fileName, nRows, nColumns, nBytes, sha256, columns, dialect, reports, createdAt } =
    content;
  const size = { nRows, nColumns, nBytes, sha256 };
  return {
    version,
    format,
    fileName,
    ...size,
    columns,
    dialect,
    reports,
    createdAt: createdAt.toISOString(),
  };
}
