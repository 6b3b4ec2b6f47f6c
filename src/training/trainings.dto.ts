import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';
import { FINAL_STATUSES, TRAINING_PHASES, type TrainingStatus } from './training-spec.js';

const STATUSES: readonly TrainingStatus[] = ['queued', ...TRAINING_PHASES, ...FINAL_STATUSES];

/** The query of GET /internal/trainings. */
export class ListTrainingsDto {
  @IsOptional()
  @IsString()
  @MaxLength(128)
  modelId?: string;

  @IsOptional()
  @IsString()
  @MaxLength(128)
  ownerId?: string;

  @IsOptional()
  @IsIn(STATUSES)
  status?: TrainingStatus;

  @IsOptional()
  @IsUUID()
  before?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;
}
