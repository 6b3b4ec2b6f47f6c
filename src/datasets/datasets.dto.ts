import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { PageSize } from '../http/page-size.js';
import {
  DATASET_FORMATS,
  type DatasetFormat,
  TEXT_ENCODINGS,
  type TextEncoding,
} from './ingest/ingest-types.js';

/** The query of an upload: what the caller knows better than the detection. */
export class UploadQuery {
  @IsOptional()
  @IsIn(DATASET_FORMATS)
  format?: DatasetFormat;

  /** One printable ASCII character or a tab; `tab` names it. */
  @IsOptional()
  @Matches(/^(?:tab|[\t !#-&(-/:-@[-`{-~])$/, { message: 'must be one punctuation character, or tab' })
  delimiter?: string;

  @IsOptional()
  @IsIn(['"', "'", 'none'])
  quote?: string;

  @IsOptional()
  @IsIn(['true', 'false'])
  header?: 'true' | 'false';

  /** How a quote is written inside of a quoted field. */
  @IsOptional()
  @IsIn(['doubled', 'backslash'])
  escape?: 'doubled' | 'backslash';

  @IsOptional()
  @IsIn([...TEXT_ENCODINGS, 'iso-8859-1'])
  encoding?: TextEncoding | 'iso-8859-1';

  @IsOptional()
  @IsIn(['.', ','])
  decimal?: '.' | ',';

  /** What groups the digits of a number. */
  @IsOptional()
  @IsIn([',', '.', "'", 'space'])
  thousands?: ',' | '.' | "'" | 'space';

  @IsOptional()
  @IsIn(['reject', 'rename'])
  duplicateNames?: 'reject' | 'rename';

  @IsOptional()
  @IsIn(['reject', 'keep'])
  raggedRows?: 'reject' | 'keep';

  /** The sheet of a workbook; the first by default. */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  sheet?: string;

  /** JSON: what is said of columns, by name; see parseColumnOverrides. */
  @IsOptional()
  @IsString()
  @Length(2, 1_000_000)
  columns?: string;

  /** The name that the file has at the caller's. */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  fileName?: string;
}

/** The query of a page of data sets. */
export class DatasetPageQuery {
  @IsOptional()
  @IsString()
  @Length(1, 128)
  ownerId?: string;

  @PageSize()
  limit?: number;

  @IsOptional()
  @IsString()
  @Length(1, 256)
  after?: string;
}

/** Which version of a data set; by default the current one. */
export class VersionQuery {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2 ** 31 - 1)
  version?: number;
}

/** The query of a dry run. */
export class InspectQuery extends UploadQuery {
  /** Whether the body is only the first part of the file. */
  @IsOptional()
  @IsIn(['true', 'false'])
  partial?: 'true' | 'false';

  /** Without a body: which version to look at. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2 ** 31 - 1)
  version?: number;
}

/** The query of a download. */
export class ContentQuery extends VersionQuery {
  /** The file as it was sent, or the table in another form. */
  @IsOptional()
  @IsIn(['original', 'csv', 'parquet'])
  format?: 'original' | 'csv' | 'parquet';

  /** Of a CSV: whether texts that a spreadsheet would run as formulas get an apostrophe. */
  @IsOptional()
  @IsIn(['true', 'false'])
  guardFormulas?: 'true' | 'false';
}

/** What is asked of a profile beyond what is always in it. */
export class ProfileQuery extends VersionQuery {
  /** A column. */
  @IsOptional()
  @IsString()
  @Length(1, 10_000)
  target?: string;

  @IsOptional()
  @IsIn(['true', 'false'])
  classes?: 'true' | 'false';
}

/** The query of a page of versions. */
export class VersionPageQuery {
  @PageSize()
  limit?: number;

  /** Only versions below this one. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  before?: number;
}
