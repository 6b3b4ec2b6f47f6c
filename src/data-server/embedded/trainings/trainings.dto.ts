import { IsArray, IsInt, IsNumber, IsObject, IsOptional, IsString, Matches } from 'class-validator';
import { RECORD_ID } from '../../client/data-server.js';

/**
 * What a user says of a training. Who they are and which model it is the data server adds; whether algorithm, columns
 * and parameters are legal only Trainyard knows, so their types are all that is looked at here.
 */
export class TrainDto {
  @Matches(RECORD_ID, { message: 'datasetId must be the id of a data set' })
  @IsString()
  datasetId!: string;

  @IsString()
  algorithm!: string;

  @IsOptional()
  @IsInt()
  datasetVersion?: number;

  @IsOptional()
  @IsString()
  recipe?: string;

  @IsOptional()
  @IsInt()
  recipeVersion?: number;

  @IsOptional()
  @IsString()
  target?: string;

  @IsOptional()
  @IsString()
  sampleWeight?: string;

  @IsOptional()
  @IsArray()
  dropColumns?: string[];

  @IsOptional()
  @IsObject()
  parameters?: Record<string, unknown>;

  @IsOptional()
  @IsString()
  normalization?: string;

  @IsOptional()
  @IsObject()
  columns?: Record<string, unknown>;

  @IsOptional()
  @IsNumber()
  testShare?: number;

  @IsOptional()
  @IsInt()
  seed?: number;

  @IsOptional()
  @IsInt()
  maxRunSeconds?: number;

  @IsOptional()
  @IsArray()
  exports?: string[];

  @IsOptional()
  @IsString()
  promotion?: string;
}
