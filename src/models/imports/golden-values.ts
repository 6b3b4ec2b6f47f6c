import type { FeedValues } from './engine.js';
import { elementsOf, type InputLayout } from './foreign-model.js';

/**
 * Made-up rows for the test of an imported model. Their formula is a part of what is kept (only their seeds are written
 * down, for an image has hundreds of thousands of values): it must never change.
 */
const LARGEST = 10;

/** Seed 0: all zero. Floats lie in 0..1, integers are 0 or 1, which every index of a table allows. */
function valueAt(seed: number, k: number, isFloat: boolean): number {
  if (seed === 0) return 0;
  const step = (seed * 7 + k * 3) % (LARGEST + 1);
  return isFloat ? step / LARGEST : step % 2;
}

/** @returns one list for each of the model's inputs */
export function goldenValues(
  { kind, tensors, rowShape }: InputLayout,
  seeds: readonly number[],
): FeedValues[] {
  if (kind === 'columns') {
    return tensors.map(({ element }, k) =>
      element === 'text'
        ? seeds.map((seed) => (seed === 0 ? '' : `text ${seed}`))
        : Float64Array.from(seeds, (seed) => valueAt(seed, k, element === 'float')),
    );
  }
  const width = elementsOf(rowShape);
  const isFloat = tensors[0]?.element === 'float';
  const values = new Float64Array(seeds.length * width);
  for (const [row, seed] of seeds.entries()) {
    for (let k = 0; k < width; k++) values[row * width + k] = valueAt(seed, k, isFloat);
  }
  return [values];
}
