import type { UploadQuery } from '../../datasets.dto.js';

/** A file that comes in parts. */
export interface ResumableUpload {
  readonly id: string;
  readonly datasetId: string;
  readonly nBytes: number;
  readonly nReceived: number;
  readonly path: string;
  readonly query: UploadQuery;
  readonly mediaType: string | null;
  readonly completedVersion: number | null;
  readonly expiresAt: Date;
  readonly isExpired: boolean;
}
