import type { Predictor } from '../estimator.js';
import { Random } from '../random.js';
import type { Attribution, AttributionTask } from './attribution.js';

/** Orders of the players that are tried, half of them the reverse of the others: their errors partly cancel. */
const N_ORDERS = 32;
const SEED = 20_200_117;
/** Numbers of features in one call of the predictor. */
const BATCH_VALUES = 1 << 18;

const SPACES = { probabilities: 'probability', scores: 'margin', value: 'value', cluster: 'value' } as const;

/**
 * Shapley values by sampled orders (Castro, Gómez and Tejada 2009, doi 10.1016/j.cor.2008.04.004): players come to the
 * reference one after the other, each brings its features of the row, and what the output changes by is its own. In
 * every order the changes add up to the output of the row less that of the reference, so their means do too. The seed
 * is fixed and the same for each row: a row's explanation does not depend on the rows that came with it.
 * Cost: 32 predictions a row for each player that differs from the reference.
 */
export function sampledAttribution(predictor: Predictor, task: AttributionTask): Attribution {
  const { rows, nRows, reference, playerOf, nPlayers, outputs } = task;
  const nFeatures = reference.length;
  const baselines = new Float64Array(nRows);
  const contributions = new Float64Array(nRows * nPlayers);
  const ask = createAsker(predictor, nFeatures);
  for (let row = 0; row < nRows; row++) {
    const x = rows.subarray(row * nFeatures, (row + 1) * nFeatures);
    const output = outputs[row] as number;
    const shares = contributions.subarray(row * nPlayers, (row + 1) * nPlayers);
    baselines[row] = ask([reference], output)[0] as number;
    const players = differingPlayers(x, reference, playerOf, nPlayers);
    const random = new Random(SEED);
    for (let order = 0; order < N_ORDERS; order++) {
      if (order % 2 === 0) random.shuffle(players);
      else players.reverse();
      const values = ask(mixes(x, reference, playerOf, players), output);
      let before = baselines[row] as number;
      for (const [step, player] of players.entries()) {
        const value = values[step] as number;
        shares[player] = (shares[player] as number) + (value - before) / N_ORDERS;
        before = value;
      }
    }
  }
  return { method: 'sampling', space: SPACES[predictor.outputKind], baselines, contributions };
}

/** The reference with the features of ever more players: a copy a player, made as it is asked for. */
function* mixes(
  x: Float64Array,
  reference: Float64Array,
  playerOf: Int32Array,
  players: Int32Array,
): Generator<Float64Array> {
  const mix = reference.slice();
  for (const player of players) {
    for (let j = 0; j < mix.length; j++) if (playerOf[j] === player) mix[j] = x[j] as number;
    yield mix;
  }
}

function differingPlayers(
  x: Float64Array,
  reference: Float64Array,
  playerOf: Int32Array,
  nPlayers: number,
): Int32Array {
  const differs = new Uint8Array(nPlayers);
  for (let j = 0; j < x.length; j++) {
    if (!Object.is(x[j], reference[j])) differs[playerOf[j] as number] = 1;
  }
  return Int32Array.from([...differs.keys()].filter((player) => differs[player] === 1));
}

/** One output of many rows, in batches of bounded size. */
function createAsker(predictor: Predictor, nFeatures: number) {
  const { nOutputs } = predictor;
  const batchRows = Math.max(1, Math.floor(BATCH_VALUES / nFeatures));
  let batch = new Float64Array(0);
  return (mixed: Iterable<Float64Array>, output: number): number[] => {
    const values: number[] = [];
    if (batch.length === 0) batch = new Float64Array(batchRows * nFeatures);
    const found = new Float64Array(batchRows * nOutputs);
    let n = 0;
    const flush = () => {
      predictor.predictInto(batch, n, found);
      for (let i = 0; i < n; i++) values.push(found[i * nOutputs + output] as number);
      n = 0;
    };
    for (const mix of mixed) {
      batch.set(mix, n++ * nFeatures);
      if (n === batchRows) flush();
    }
    if (n > 0) flush();
    return values;
  };
}
