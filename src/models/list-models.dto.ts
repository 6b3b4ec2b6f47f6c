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
  @Max(200)
  limit: number = 50;

  /** The id of the last model of the part before. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  after?: string;
}
