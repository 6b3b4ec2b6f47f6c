import { describe, expect, it } from 'vitest';
import type { EstimatorState } from '../../estimator.js';
import { Random } from '../../random.js';
import type { TensorArray } from '../../tensor.js';
import { decisionTreeClassifier, decisionTreeRegressor } from './decision-tree.js';
import { classes, dataOf, fitWith, numbers, predictRows, randomRows } from './testing/fit-helpers.js';

const random = new Random(4);
const rows = randomRows(random, 90, 3, 12, 0.1);
const data = dataOf(rows, classes(rows.map((row) => ((row[0] || 0) + (row[2] || 0)) % 3)), [0, 0, 12]);

async function stateOf(): Promise<EstimatorState> {
  return (await fitWith(decisionTreeClassifier, data)).toState();
}

function withTensor(
  state: EstimatorState,
  name: string,
  change: (data: TensorArray) => TensorArray,
): EstimatorState {
  const tensor = state.tensors[name] as { shape: readonly number[]; data: TensorArray };
  const changed = change(tensor.data.slice() as TensorArray);
  const shape = changed.length === tensor.data.length ? tensor.shape : [changed.length];
  return { config: state.config, tensors: { ...state.tensors, [name]: { shape, data: changed } } };
}

function withElement(state: EstimatorState, name: string, at: number, value: number): EstimatorState {
  return withTensor(state, name, (array) => {
    array[at] = value;
    return array;
  });
}

it('restores to the bit: predictions, state, importances, facts', async () => {
  const fitted = await fitWith(decisionTreeClassifier, data);
  const restored = decisionTreeClassifier.restore(fitted.toState());
  expect(predictRows(restored, rows)).toEqual(predictRows(fitted, rows));
  expect(restored.toState()).toEqual(fitted.toState());
  expect(restored.featureImportances).toEqual(fitted.featureImportances);
  expect(restored.facts).toEqual(fitted.facts);
  const regressor = await fitWith(decisionTreeRegressor, dataOf(rows, numbers(rows.map((_, i) => i / 3))));
  expect(predictRows(decisionTreeRegressor.restore(regressor.toState()), rows)).toEqual(
    predictRows(regressor, rows),
  );
});

it('predicts a subset as it predicts the whole, and only what it was asked for', async () => {
  const model = await fitWith(decisionTreeClassifier, data);
  const whole = predictRows(model, rows);
  rows.forEach((row, i) => {
    expect(predictRows(model, [row])).toEqual([whole[i]]);
  });
  const out = new Float64Array(9).fill(7);
  model.predictInto(Float64Array.from(rows.slice(0, 4).flat()), 2, out);
  expect(Array.from(out.subarray(6))).toEqual([7, 7, 7]);
});

describe('a damaged state is refused', () => {
  it('when a tensor is missing, of another type, or of another length', async () => {
    const state = await stateOf();
    for (const name of Object.keys(state.tensors)) {
      const { [name]: _, ...others } = state.tensors;
      expect(() => decisionTreeClassifier.restore({ config: state.config, tensors: others })).toThrow(name);
      const float32 = withTensor(state, name, (array) => Float32Array.from(array));
      expect(() => decisionTreeClassifier.restore(float32)).toThrow(name);
      if (name === 'leafValues' || name === 'categoryBits') continue;
      for (const change of [(a: TensorArray) => a.slice(1), (a: TensorArray) => a.slice(0, -1)]) {
        const damaged = withTensor(state, name, (array) => change(array) as TensorArray);
        expect(() => decisionTreeClassifier.restore(damaged)).toThrow('damaged');
      }
    }
  });

  it.each([
    ['treeOffsets', 0, 1],
    ['treeOffsets', 1, 2],
    ['feature', 0, 3],
    ['feature', 0, -2],
    ['left', 0, 0],
    ['left', 0, 1_000_000],
    ['flags', 0, 4],
    ['threshold', 0, Number.NaN],
    ['leafValues', 0, Number.NaN],
    ['leafValues', 0, 1.5],
    ['leafValues', 0, -0.5],
    ['featureImportances', 0, -1],
    ['featureImportances', 0, Number.NaN],
  ])('when %s[%i] is %d', async (name, at, value) => {
    const state = withElement(await stateOf(), name, at, value);
    expect(() => decisionTreeClassifier.restore(state)).toThrow(
      expect.objectContaining({ code: 'invalid_state' }),
    );
  });

  it('when a leaf points outside of its table, or a category split outside of its bits', async () => {
    const state = await stateOf();
    const feature = state.tensors['feature']?.data as Int32Array;
    const flags = state.tensors['flags']?.data as Uint8Array;
    expect(() =>
      decisionTreeClassifier.restore(withElement(state, 'left', feature.indexOf(-1), 99_999)),
    ).toThrow('leafValues');
    const set = flags.findIndex((flag) => flag >= 2);
    expect(set).toBeGreaterThanOrEqual(0);
    for (const value of [-1, 0.5, 1e6]) {
      expect(() => decisionTreeClassifier.restore(withElement(state, 'threshold', set, value))).toThrow(
        'categoryBits',
      );
    }
    expect(() => decisionTreeClassifier.restore(withElement(state, 'nCategories', 2, 0))).toThrow(
      'categories',
    );
  });

  it.each([
    ['nFeatures', 0],
    ['nFeatures', 2.5],
    ['nOutputs', '3'],
    ['nOutputs', 7],
    ['nTrees', 2],
    ['nTrees', null],
  ])('when config.%s is %s', async (name, value) => {
    const state = await stateOf();
    expect(() =>
      decisionTreeClassifier.restore({ config: { ...state.config, [name]: value }, tensors: state.tensors }),
    ).toThrow(expect.objectContaining({ code: 'invalid_state' }));
  });
});
