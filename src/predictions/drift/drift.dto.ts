import { Type } from 'class-transformer';
import { IsDateString, IsInt, IsOptional, Max, Min } from 'class-validator';

export class DriftQueryDto {
  /** By default the current one. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(999_999_999)
  version?: number;

  /** By default seven days ago. */
  @IsOptional()
  @IsDateString()
  since?: string;
}
