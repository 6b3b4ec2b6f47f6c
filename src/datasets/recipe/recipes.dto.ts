import { IsArray, IsOptional, Matches } from 'class-validator';

export class RecipePath {
  @Matches(/^.{1,256}$/)
  id!: string;

  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'must be 1 to 64 of A-Z a-z 0-9 _ -' })
  name!: string;
}

/** The steps are judged with the data set's columns. */
export class RecipeBody {
  @IsArray()
  steps!: unknown[];
}

export class PreviewBody {
  /** Absent: those that are kept. */
  @IsOptional()
  @IsArray()
  steps?: unknown[];
}
