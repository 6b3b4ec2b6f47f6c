import { IsIn, IsOptional, IsString } from 'class-validator';
import { UploadQuery } from '../../datasets/datasets.dto.js';
import { DATASET_FORMATS, type DatasetFormat } from '../../datasets/ingest/ingest-types.js';
import { ROW_PROBLEM_POLICIES, type RowProblemPolicy } from './process/file-task-types.js';

/** The query of a file that is to be predicted: how it is read, as for an upload, and by which version. */
export class PredictionFileQuery extends UploadQuery {
  /** The number of one, or an alias. */
  @IsOptional()
  @IsString()
  version?: string;

  /** What becomes of a file with rows that the model cannot take. */
  @IsOptional()
  @IsIn(ROW_PROBLEM_POLICIES)
  onRowProblem?: RowProblemPolicy;
}

/** The query of a download. */
export class PredictionContentQuery {
  /** By default that of the file that was sent. */
  @IsOptional()
  @IsIn(DATASET_FORMATS)
  format?: DatasetFormat;
}
