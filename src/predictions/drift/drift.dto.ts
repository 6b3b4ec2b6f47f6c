import { IsDateString, IsOptional, IsString } from 'class-validator';

export class DriftQueryDto {
  /** The number of one, or an alias; by default the current one. */
  @IsOptional()
  @IsString()
  version?: string;

  /** By default seven days ago. */
  @IsOptional()
  @IsDateString()
  since?: string;
}
