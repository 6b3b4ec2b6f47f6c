import { Problem } from '../../errors/problem.js';

/** The refusal of a file, with the reason as the end of the sentence "The model is refused: …". */
export function modelFileInvalid(reason: string): Problem {
  return new Problem('model_file_invalid', `The model is refused: ${reason}.`);
}

/** A name out of the file, if it is short and plain enough to be told. */
export function shown(name: string): string {
  return /^[\w .:/-]{1,64}$/.test(name) ? name : 'a name that cannot be shown';
}

/** A declared shape: [?, 28, 28]. */
export function shownShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`;
}
