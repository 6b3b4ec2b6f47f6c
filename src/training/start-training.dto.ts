import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
} from 'class-validator';
import { RECORD_ID } from '../auth/record-id.js';
import { RECIPE_NAME, RECIPE_NAME_SHAPE } from '../datasets/recipe/recipe.js';
import type { JsonObject } from '../learn/json.js';
import { EXPORT_FORMATS, type ExportFormat, PROMOTIONS, type Promotion } from './training-spec.js';

const MAX_NAME_LENGTH = 255;
const MAX_COLUMNS = 10_000;
const ID_SHAPE = { message: 'must be 1 to 128 of A-Z a-z 0-9 . _ ~ -' };

/**
 * The body of POST /internal/trainings, as far as its form goes; what the values mean is judged with the algorithm
 * and the data set.
 */
export class StartTrainingDto {
  @IsString()
  @Matches(RECORD_ID, ID_SHAPE)
  modelId!: string;

  /** Shown to people; by default the model's id. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_NAME_LENGTH)
  modelName?: string;

  @IsString()
  @Matches(RECORD_ID, ID_SHAPE)
  ownerId!: string;

  @IsString()
  @Matches(RECORD_ID, ID_SHAPE)
  datasetId!: string;

  /** By default the current version. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2 ** 31 - 1)
  datasetVersion?: number;

  /** A recipe of the data set. */
  @IsOptional()
  @IsString()
  @Matches(RECIPE_NAME, RECIPE_NAME_SHAPE)
  recipe?: string;

  /** By default the newest version. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2 ** 31 - 1)
  recipeVersion?: number;

  @IsString()
  algorithm!: string;

  /** null or absent for clustering. */
  @ValidateIf((_, value) => value !== undefined && value !== null)
  @IsString()
  target?: string | null;

  /** A number column: how much a row counts. */
  @IsOptional()
  @IsString()
  sampleWeight?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_COLUMNS)
  dropColumns?: unknown[];

  /** Judged by the algorithm's own table. */
  @IsOptional()
  @IsObject()
  parameters?: Record<string, unknown>;

  @IsOptional()
  @IsString()
  normalization?: string;

  /** Policies by column name. */
  @IsOptional()
  @IsObject()
  columns?: Record<string, unknown>;

  @IsOptional()
  // 1e999 is a JSON number: out of range, not of the wrong type.
  @IsNumber({ allowNaN: false, allowInfinity: true })
  testShare?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  seed?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  maxRunSeconds?: number;

  /** Other forms of the model that the bundle is to hold; by default those that are small. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(EXPORT_FORMATS.length)
  @ArrayUnique()
  @IsIn(EXPORT_FORMATS, { each: true })
  exports?: ExportFormat[];

  /** When the new version answers where no version is named: always, only if it is better, never. */
  @IsOptional()
  @IsIn(PROMOTIONS)
  promotion?: Promotion;

  /** Kept with the training and shown again; never looked at. */
  @IsOptional()
  @IsObject()
  annotations?: JsonObject;
}
