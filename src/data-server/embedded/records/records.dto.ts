import { IsBoolean, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';

const DATASET_FORMATS = ['csv', 'tsv'] as const;
/** A name goes into file names and page titles: something to see, and no control characters. */
const NAME = /^[^\p{Cc}]*[^\p{Cc}\s][^\p{Cc}]*$/u;
const NAME_MESSAGE = { message: 'name must have a visible character and no control characters' };

export class CreateDatasetDto {
  @Matches(NAME, NAME_MESSAGE)
  @Length(1, 200)
  @IsString()
  name!: string;

  @IsOptional()
  @IsIn(DATASET_FORMATS)
  @IsString()
  format?: string;
}

export class UpdateDatasetDto {
  @IsOptional()
  @Matches(NAME, NAME_MESSAGE)
  @Length(1, 200)
  @IsString()
  name?: string;

  @IsOptional()
  @IsIn(DATASET_FORMATS)
  @IsString()
  format?: string;
}

export class ModelNameDto {
  @Matches(NAME, NAME_MESSAGE)
  @Length(1, 200)
  @IsString()
  name!: string;
}

export class UpdateModelDto {
  @IsOptional()
  @Matches(NAME, NAME_MESSAGE)
  @Length(1, 200)
  @IsString()
  name?: string;

  @IsOptional()
  @IsBoolean()
  shared?: boolean;
}

export class AccessQueryDto {
  @IsIn(['read', 'write', 'predict'])
  @IsString()
  action!: 'read' | 'write' | 'predict';
}
