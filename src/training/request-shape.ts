import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import type { ProblemItem } from '../errors/problem.js';
import { toProblemItems } from '../http/validation.js';
import { jsonTypeOf } from '../learn/json.js';
import { StartTrainingDto } from './start-training.dto.js';

/** A request as far as its own form can be judged. */
export interface ShapedRequest {
  /** Arguments with a problem are absent, those that are null count as absent. */
  readonly usable: Partial<StartTrainingDto>;
  readonly problems: readonly ProblemItem[];
}

/** Checks the arguments one by one; every problem is named, and what is right stays usable for further checks. */
export async function checkShape(body: unknown): Promise<ShapedRequest> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const sentType = body === undefined ? 'nothing' : jsonTypeOf(body);
    const message = `the body must be of type object, not ${sentType}`;
    return { usable: {}, problems: [{ code: 'wrong_type', sentType, expectedType: 'object', message }] };
  }
  const request = plainToInstance(StartTrainingDto, body);
  const errors = await validate(request, { whitelist: true, forbidNonWhitelisted: true });
  const wrong = new Set(errors.map((error) => error.property));
  const usable = Object.entries(request).filter(([name, value]) => value != null && !wrong.has(name));
  return { usable: Object.fromEntries(usable), problems: toProblemItems(errors) };
}
