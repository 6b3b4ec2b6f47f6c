import type { Target } from '../estimator.js';
import type { Random } from '../random.js';
import { kFold, stratifiedKFold } from '../selection/k-fold.js';

/** As scikit-learn's TargetEncoder has them. */
const N_FOLDS = 5;

/**
 * Deals training rows to 5 folds at random (as many as there are rows, when there are fewer); a classification
 * deals class by class, so that each fold has each class in its share.
 * @param nRows at least 2
 * @returns for each row its fold; every fold has a row
 */
export function crossFitFolds(y: Target, nRows: number, random: Random): Uint8Array {
  const nFolds = Math.min(N_FOLDS, nRows);
  const splits =
    y.task === 'classification'
      ? stratifiedKFold(y.codes, y.nClasses, nFolds, random)
      : kFold(nRows, nFolds, random);
  const foldOfRow = new Uint8Array(nRows);
  splits.forEach(({ test }, fold) => {
    for (const row of test) foldOfRow[row] = fold;
  });
  return foldOfRow;
}
