import { IsOptional, IsString, MaxLength } from 'class-validator';
import { PageSize } from '../http/page-size.js';

export class ListModelsDto {
  @IsOptional()
  @IsString()
  @MaxLength(128)
  ownerId?: string;

  @PageSize()
  limit: number = 50;

  /** The id of the last model of the part before. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  after?: string;
}
