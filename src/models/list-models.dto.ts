import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

export class ListModelsDto {
  @IsOptional()
  @IsString()
  @MaxLength(128)
  ownerId?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 100;

  /** The id of the last model of the part before. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  after?: string;
}
