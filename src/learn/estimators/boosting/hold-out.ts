import { LearnError } from '../../errors.js';
import type { TrainingData } from '../../estimator.js';
import type { Random } from '../../random.js';

/**
 * Draws the rows that early stopping looks at, by class where there are classes. Rows of weight 0 are in neither part.
 * @param fraction a share of the rows below 1, or a count; null: none
 * @throws LearnError not_enough_rows when one of the parts would be empty
 */
export function holdOut(
  data: TrainingData,
  weights: Float64Array,
  fraction: number | null,
  random: Random,
): { trainRows: Uint32Array; heldOutRows: Uint32Array } {
  const all = new Uint32Array(weights.length);
  let nUsed = 0;
  for (let row = 0; row < weights.length; row++) if ((weights[row] as number) > 0) all[nUsed++] = row;
  const used = all.subarray(0, nUsed);
  if (fraction === null) return { trainRows: used, heldOutRows: new Uint32Array(0) };
  const share = fraction < 1 ? fraction : fraction / used.length;
  const groups = new Map<number, number[]>();
  for (const row of used) {
    const group = data.y.task === 'classification' ? (data.y.codes[row] as number) : 0;
    const rows = groups.get(group) ?? [];
    rows.push(row);
    groups.set(group, rows);
  }
  const isHeldOut = new Uint8Array(weights.length);
  // Shares carry over from class to class, so that small classes do not shift the whole.
  let owed = 0;
  for (const group of [...groups.keys()].sort((a, b) => a - b)) {
    const rows = groups.get(group) as number[];
    random.shuffle(rows);
    owed += rows.length * share;
    const count = Math.min(Math.round(owed), rows.length - 1);
    for (const row of rows.slice(0, Math.max(0, count))) isHeldOut[row] = 1;
    owed -= Math.max(0, count);
  }
  const trainRows = used.filter((row) => isHeldOut[row] === 0);
  const heldOutRows = used.filter((row) => isHeldOut[row] === 1);
  if (trainRows.length === 0 || heldOutRows.length === 0) {
    throw new LearnError(
      'not_enough_rows',
      'Early stopping needs rows to hold out beside those to learn from.',
      {
        parameter: 'validationFraction',
      },
    );
  }
  return { trainRows, heldOutRows };
}
