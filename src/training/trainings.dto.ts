import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { PageSize } from '../http/page-size.js';
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

  @PageSize()
  limit?: number;
}
