/**
 * The dual descent of a regression with its visits in WebAssembly: what dual-coordinate-kernel.ts says of a tube, with
 * the rows copied once to where the kernel sees them. The intercept is a column of ones there, and a column of zeros
 * makes the width even. A visit is some twenty operations a feature and nothing that an engine must warm up for, which
 * halves the time of a fit that is over in some dozen epochs.
 */
import type { KernelControl } from '../../parallel/thread-pool.js';
import { Random } from '../../random.js';
import { scratchArrays } from '../../wasm/dense-kernels.js';
import { visitTube } from '../../wasm/tube-kernel.js';
import type { DualResult, TubeInput } from './dual-problem.js';

/** The kernels' memory is never given back, so larger data stays where it is. */
const MAX_KERNEL_BYTES = 2 ** 30;
/** Some milliseconds, however wide the rows. */
const ELEMENTS_PER_CHECKPOINT = 1 << 20;
const N_STATES = 5;

function widthOf({ nFeatures, fitIntercept }: TubeInput): number {
  return Math.ceil((nFeatures + (fitIntercept ? 1 : 0)) / 2) * 2;
}

/** Whether the rows have room in the kernels' memory. */
export function suitsTubeKernel(input: TubeInput): boolean {
  return 8 * input.nSamples * (widthOf(input) + 5) <= MAX_KERNEL_BYTES;
}

/** As fitTube: the same steps in the same order, but for the order of summation within a row. */
export function descendTube(input: TubeInput, control: KernelControl): DualResult {
  const { rows: given, nSamples, nFeatures, fitIntercept, maxIterations, tolerance } = input;
  const stride = widthOf(input);
  const [rows, weights, betas, targets, costs, lengths, places, state] = scratchArrays([
    nSamples * stride,
    stride,
    nSamples,
    nSamples,
    nSamples,
    nSamples,
    Math.ceil(nSamples / 2),
    N_STATES,
  ]);
  weights.fill(0);
  betas.fill(0);
  targets.set(input.targets);
  costs.set(input.costs);
  for (let i = 0, from = 0, to = 0; i < nSamples; i++, to += stride) {
    let sum = fitIntercept ? 1 : 0;
    for (let j = 0; j < nFeatures; j++, from++) {
      const value = given[from] as number;
      rows[to + j] = value;
      sum += value * value;
    }
    for (let j = nFeatures; j < stride; j++) rows[to + j] = fitIntercept && j === nFeatures ? 1 : 0;
    lengths[i] = sum;
  }
  const order = new Uint32Array(places.buffer, places.byteOffset, nSamples);
  for (let i = 0; i < nSamples; i++) order[i] = i;
  const random = new Random(input.seed, input.stream).fork(0);
  const mostVisits = Math.max(Math.floor(ELEMENTS_PER_CHECKPOINT / stride), 1);
  const data = { order, rows, weights, betas, targets, costs, lengths, stride };
  const shape = { epsilon: input.epsilon, squared: input.squared };
  const finish = (iterations: number, converged: boolean): DualResult => {
    const found = new Float64Array(nFeatures + 1);
    found.set(weights.subarray(0, fitIntercept ? nFeatures + 1 : nFeatures));
    return { weights: found, iterations, converged };
  };

  let nActive = nSamples;
  let firstSum = 0;
  let restBeyond = Number.POSITIVE_INFINITY;
  for (let epoch = 1; epoch <= maxIterations; epoch++) {
    random.shuffle(order.subarray(0, nActive));
    state.set([0, nActive, 0, 0, restBeyond]);
    while ((state[0] as number) < (state[1] as number)) {
      control.checkpoint((epoch - 1 + (state[0] as number) / nActive) / maxIterations);
      visitTube(mostVisits, state, data, shape);
    }
    const [, active, summed, largest] = state as unknown as [number, number, number, number];
    nActive = active;
    if (epoch === 1) firstSum = summed;
    restBeyond = largest;
    if (summed > tolerance * firstSum) continue;
    if (nActive === nSamples) return finish(epoch, true);
    // The others are at their optimum: all come back for a last look.
    nActive = nSamples;
    restBeyond = Number.POSITIVE_INFINITY;
  }
  return finish(maxIterations, false);
}
