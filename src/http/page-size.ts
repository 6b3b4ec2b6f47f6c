import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

const MAX_PAGE_SIZE = 200;

/** How many records a page of a listing may have: 1 to 200, or left out. A property of the query's DTO. */
export function PageSize(): PropertyDecorator {
  // As stacked decorators are applied: the last one first. A problem names the constraint that was declared last.
  return applyDecorators(
    Max(MAX_PAGE_SIZE),
    Min(1),
    IsInt(),
    Type(() => Number),
    IsOptional(),
  );
}
