import type { LearnError } from '../learn/errors.js';
import { Problem, type ProblemItem } from './problem.js';

/** An error of the core as one that may be shown: its code, its sentence and its place. */
export function problemFromLearnError({ code, message, place }: LearnError): Problem {
  const item: ProblemItem = {
    code,
    message,
    ...(place.column === undefined ? {} : { column: place.column }),
    ...(place.row === undefined ? {} : { row: place.row }),
    ...(place.parameter === undefined ? {} : { argument: place.parameter }),
  };
  return new Problem(code, message, Object.keys(place).length > 0 ? [item] : []);
}
