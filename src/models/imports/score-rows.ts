import { Problem } from '../../errors/problem.js';
import type { Engine, Feed, FeedValues, ResultTensor } from './engine.js';
import { elementsOf, type ForeignModel, type InputLayout } from './foreign-model.js';

/** What is asked of an engine for some rows: all at once, or one after the other where the model takes one. */
export async function runRows(
  engine: Engine,
  layout: InputLayout,
  output: string,
  nRows: number,
  values: readonly FeedValues[],
): Promise<ResultTensor[]> {
  if (layout.fixedRows === null) return [await engine.run(feedsOf(layout, 0, nRows, values), output)];
  const results: ResultTensor[] = [];
  for (let row = 0; row < nRows; row++)
    results.push(await engine.run(feedsOf(layout, row, 1, values), output));
  return results;
}

/**
 * The numbers of the model, row-major nRows * nOutputs.
 * @throws Problem invalid_rows where the runtime refuses them, model_file_invalid
 */
export async function scoreRows(
  engine: Engine,
  {
    inputs,
    outputs,
    signature,
    nOutputs,
  }: Pick<ForeignModel, 'inputs' | 'outputs' | 'signature' | 'nOutputs'>,
  nRows: number,
  values: readonly FeedValues[],
): Promise<Float64Array> {
  let results: ResultTensor[];
  try {
    results = await runRows(engine, inputs, outputs.name, nRows, values);
  } catch (error) {
    if (error instanceof Problem || error instanceof RangeError) throw error;
    // The runtime's own words may quote the rows.
    throw new Problem('invalid_rows', 'The runtime of the model could not compute these rows.');
  }
  const numbers = new Float64Array(nRows * nOutputs);
  let at = 0;
  for (const { values: found } of results) {
    if (outputs.kind === 'labels') at = writeLabels(found, signature.target.classes ?? [], numbers, at);
    else at = writeNumbers(found, outputs.isSecondProbability, numbers, at);
  }
  if (at !== numbers.length) {
    throw new Problem('invalid_rows', 'The model gave another number of results than there are rows.');
  }
  return numbers;
}

/** @returns where the next numbers go; too many of them are counted, not written */
function writeNumbers(
  found: ResultTensor['values'],
  isSecondProbability: boolean,
  numbers: Float64Array,
  first: number,
): number {
  let at = first;
  for (const value of found) {
    const number = Number(value);
    if (isSecondProbability) numbers[at++] = 1 - number;
    numbers[at++] = number;
  }
  return at;
}

/** 1 for the class that the model names, 0 for the others. */
function writeLabels(
  found: ResultTensor['values'],
  classes: readonly (string | number | boolean)[],
  numbers: Float64Array,
  first: number,
): number {
  let at = first;
  for (const value of found) {
    const code = classes.findIndex(
      (label) => label === value || (typeof label === 'boolean' && +label === value),
    );
    if (code < 0) numbers[at] = Number.NaN;
    else numbers[at + code] = 1;
    at += classes.length;
  }
  return at;
}

function feedsOf(
  { kind, tensors, rowShape }: InputLayout,
  firstRow: number,
  nRows: number,
  values: readonly FeedValues[],
): Feed[] {
  const width = kind === 'columns' ? 1 : elementsOf(rowShape);
  return tensors.map(({ name, elementType, shape }, k) => {
    const all = values[k] ?? [];
    const [begin, end] = [firstRow * width, (firstRow + nRows) * width];
    const part = all instanceof Float64Array ? all.subarray(begin, end) : all.slice(begin, end);
    const rest = kind === 'columns' ? shape.slice(1).map(() => 1) : rowShape;
    return { name, elementType, shape: [nRows, ...rest], values: part };
  });
}
