import { MethodNotAllowedException, NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../errors/catalogue.js';
import { Problem } from '../errors/problem.js';
import { LearnError } from '../learn/errors.js';
import { toProblem } from './to-problem.js';

describe('toProblem', () => {
  it('passes a Problem on', () => {
    const problem = new Problem('conflict', 'Not now.');
    expect(toProblem(problem)).toBe(problem);
  });

  it('keeps the code, sentence and place of the core', () => {
    const problem = toProblem(
      new LearnError('not_finite', 'a number is not finite', { column: 'age', row: 3 }),
    );
    expect(problem?.code).toBe('not_finite');
    expect(problem?.status).toBe(CATALOGUE.not_finite.status);
    expect(problem?.errors).toEqual([
      { code: 'not_finite', message: 'a number is not finite', column: 'age', row: 3 },
    ]);
  });

  it.each([
    [new NotFoundException('Cannot GET /secret-path'), 'not_found'],
    [new MethodNotAllowedException(), 'method_not_allowed'],
    [new PayloadTooLargeException(), 'payload_too_large'],
    [new URIError('URI malformed'), 'not_found'],
    [
      Object.assign(new SyntaxError('Unexpected token s in "secret-path"'), {
        type: 'entity.parse.failed',
        status: 400,
      }),
      'invalid_json',
    ],
    [Object.assign(new Error('too large'), { type: 'entity.too.large', status: 413 }), 'payload_too_large'],
  ])('%s becomes %s, without the words of the caller', (error, code) => {
    const problem = toProblem(error);
    expect(problem?.code).toBe(code);
    expect(JSON.stringify(problem?.toBody())).not.toContain('secret-path');
  });

  it.each([new Error('boom'), new TypeError('x is not a function'), 'text', undefined, null])(
    'does not show %s',
    (error) => {
      expect(toProblem(error)).toBeUndefined();
    },
  );
});
