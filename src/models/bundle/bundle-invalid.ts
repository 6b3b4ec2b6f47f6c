import { Problem } from '../../errors/problem.js';
import { LearnError } from '../../learn/errors.js';

/** The refusal of a bundle, with the reason as the end of the sentence "The bundle is refused: …". */
export function bundleInvalid(reason: string): Problem {
  return new Problem('bundle_invalid', `The bundle is refused: ${reason}.`);
}

/** The same for whatever was thrown while the bundle was read; errors that are not the bundle's stay as they are. */
export function asBundleInvalid(error: unknown): unknown {
  if (!(error instanceof LearnError)) return error;
  const reason = error.message.replace(/\.$/, '');
  return bundleInvalid(reason.charAt(0).toLowerCase() + reason.slice(1));
}
