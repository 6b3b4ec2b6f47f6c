import type { ColumnSchema, Dialect, IngestReport } from './ingest/ingest-types.js';
import type { TableProfile } from './profile/profile-types.js';

/** One content of a data set: the file as it was sent and the table that was made of it. */
export interface DatasetVersion {
  readonly version: number;
  readonly format: string;
  readonly mediaType: string;
  readonly fileName: string | null;
  readonly originalKey: string;
  /** Object key of the canonical Parquet; see loadTable. */
  readonly tableKey: string;
  readonly nBytes: number;
  /** Of the file as it was sent, lower-case hex. */
  readonly sha256: string;
  readonly nRows: number;
  readonly nColumns: number;
  readonly columns: readonly ColumnSchema[];
  readonly dialect: Dialect;
  readonly reports: readonly IngestReport[];
  readonly createdAt: Date;
}

/** What the data server's record says of a data set. */
export interface DatasetRecord {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly format?: string;
}

/** A data set with its current version. */
export interface Dataset {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly current: DatasetVersion;
}

/** A data set with the version that was asked for. */
export interface DatasetWithVersion extends DatasetVersion {
  readonly dataset: Dataset;
  readonly ownerId: string;
}

export type NewDatasetVersion = Omit<DatasetVersion, 'version' | 'nColumns' | 'createdAt'> & {
  readonly profile: TableProfile | null;
};

/** A model version and the version of a data set that it was made of. */
export interface DatasetVersionUse {
  readonly datasetId: string;
  readonly datasetVersion: number;
  readonly modelId: string;
  readonly modelVersion: number;
}

export interface DatasetListQuery {
  readonly ownerId?: string;
  /** 1..200, default 50. */
  readonly limit?: number;
  /** Only ids behind this one. */
  readonly after?: string;
}
