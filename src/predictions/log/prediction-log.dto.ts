import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsDateString,
  IsInt,
  IsNumber,
  IsOptional,
  IsUUID,
  Max,
  Min,
  Validate,
  ValidatorConstraint,
} from 'class-validator';

const MAX_ROW = 9_999_999;

@ValidatorConstraint({ name: 'isActual' })
class IsActual {
  validate(value: unknown): boolean {
    return (
      typeof value === 'boolean' ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      (typeof value === 'string' && value.length <= 10_000)
    );
  }

  defaultMessage(): string {
    return 'actual must be a label or a number';
  }
}

export class ActualDto {
  /** Of the request, from 0. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_ROW)
  row: number = 0;

  @Validate(IsActual)
  actual!: string | number | boolean;
}

export class LogChoiceDto {
  @IsNumber()
  @Min(0)
  @Max(1)
  sampleShare!: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3650)
  keepDays?: number;

  @IsOptional()
  @IsBoolean()
  retrainOnDrift: boolean = false;
}

export class ListPredictionsDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit: number = 100;

  /** The id of the last prediction of the page before. */
  @IsOptional()
  @IsUUID()
  before?: string;

  /** The number of that row, where a page may end amid the rows of a request. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(MAX_ROW)
  beforeRow?: number;
}

export class PerformanceDto {
  /** By default everything that is kept. */
  @IsOptional()
  @IsDateString()
  since?: string;
}
