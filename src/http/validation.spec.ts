import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Problem } from '../errors/problem.js';
import { createValidationPipe } from './validation.js';

class Inner {
  @IsString()
  name!: string;
}

class Body {
  @IsInt()
  @Min(1)
  @Max(10)
  count!: number;

  @IsOptional()
  @IsIn(['a', 'b'])
  choice?: string;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Inner)
  items?: Inner[];
}

async function problemOf(body: unknown): Promise<Problem> {
  const outcome = await createValidationPipe()
    .transform(body, { type: 'body', metatype: Body })
    .catch((error: unknown) => error);
  if (outcome instanceof Problem) return outcome;
  throw new Error('the body was accepted');
}

describe('the validation pipe', () => {
  it('lets a good body through as its class', async () => {
    const body = await createValidationPipe().transform({ count: 3 }, { type: 'body', metatype: Body });
    expect(body).toBeInstanceOf(Body);
  });

  it('tells what is missing, of the wrong type, out of range and unknown, all at once', async () => {
    const problem = await problemOf({ choice: 'secret-value', items: [{ name: 7 }], extra: true });
    expect(problem.code).toBe('invalid_request');
    expect(problem.errors).toEqual(
      expect.arrayContaining([
        { code: 'missing_argument', argument: 'count', message: 'count is missing' },
        {
          code: 'out_of_range',
          argument: 'choice',
          message: 'choice must be one of the following values: a, b',
        },
        {
          code: 'wrong_type',
          argument: 'items.0.name',
          sentType: 'number',
          expectedType: 'string',
          message: 'items.0.name must be of type string, not number',
        },
        { code: 'unknown_argument', argument: 'extra', message: 'extra is not an argument here' },
      ]),
    );
    expect(problem.errors).toHaveLength(4);
    expect(JSON.stringify(problem.toBody())).not.toContain('secret-value');
  });

  it('reports a wrong type once, and not as out of range too', async () => {
    const problem = await problemOf({ count: 'three' });
    expect(problem.errors).toEqual([
      expect.objectContaining({ code: 'wrong_type', sentType: 'string', expectedType: 'integer' }),
    ]);
  });

  it('takes a missing body for an empty one', async () => {
    const problem = await problemOf(undefined);
    expect(problem.errors[0]?.code).toBe('missing_argument');
  });
});
