import { Problem } from '../../errors/problem.js';
import type { OutputKind } from '../../learn/estimator.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import type { ClassLabel } from '../../learn/preprocessing/label-encoder.js';
import { chooseInputs, columnsOf, MAX_COLUMNS } from './choose-inputs.js';
import type { Engine, EngineFacts, ResultTensor } from './engine.js';
import {
  elementsOf,
  type ForeignFormat,
  type ForeignModel,
  type ImportChoices,
  type InputLayout,
  type OutputLayout,
} from './foreign-model.js';
import { goldenValues } from './golden-values.js';
import { modelFileInvalid, shown, shownShape } from './model-file-invalid.js';
import { runRows, scoreRows } from './score-rows.js';

const N_GOLDEN_ROWS = 8;
/** Of all golden rows together: they lie in the report. */
const MAX_GOLDEN_OUTPUTS = 50_000;
const MAX_OUTPUTS = 1_000_000;
const SUM_TOLERANCE = 1e-3;

/**
 * Reads a model's schema from its file, tries it with made-up rows, and says how it is served.
 * @throws Problem model_file_invalid with what was found; invalid_request where a choice does not fit
 */
export async function describeModel(
  engine: Engine,
  format: ForeignFormat,
  choices: ImportChoices,
): Promise<ForeignModel> {
  const wanted = chooseInputs(engine, choices);
  const columns = columnsOf(wanted, choices);
  const output = chooseOutput(engine, choices);
  const seeds = Array.from({ length: N_GOLDEN_ROWS }, (_, seed) => seed);
  const { inputs, results } = await probe(engine, wanted, output.name, seeds);
  const rowShape = (results[0] as ResultTensor).shape.slice(1);
  const layout = { ...output, rowShape, isSecondProbability: false };
  const meaning = chooseMeaning(engine.facts, layout, results, choices);
  const { signature, ...rest } = meaning;
  const model = {
    format,
    inputs,
    outputs: { ...layout, isSecondProbability: meaning.isSecondProbability },
    signature: { ...signature, inputs: columns },
    outputKind: rest.outputKind,
    nOutputs: rest.nOutputs,
  };
  return { ...model, golden: await golden(engine, model, seeds), found: foundOf(engine.facts, model.inputs) };
}

/** With numbers, rather than with labels alone. @throws Problem model_file_invalid, invalid_request */
function chooseOutput(
  { facts, elementKind }: Engine,
  { output, classes }: ImportChoices,
): Omit<OutputLayout, 'rowShape' | 'isSecondProbability'> {
  const kindOf = (elementType: string) => (elementKind(elementType) === 'float' ? 'numbers' : 'labels');
  const outputs = facts.outputs.map(
    ({ name, elementType }) => ({ name, kind: kindOf(elementType), elementType }) as const,
  );
  const numbers = outputs.filter(({ kind }) => kind === 'numbers');
  const candidates =
    output !== undefined
      ? outputs.filter(({ name }) => name === output)
      : numbers.length > 0
        ? numbers
        : outputs;
  const [only] = candidates;
  if (only === undefined || candidates.length > 1) {
    const found = facts.outputs.map(({ name, shape }) => `${shown(name)} ${shownShape(shape)}`).slice(0, 10);
    if (output === undefined) {
      throw modelFileInvalid(
        `it has ${facts.outputs.length} outputs (${found.join(', ')}); choose one by ?output=`,
      );
    }
    const message = `output must be one of ${found.join(', ')}`;
    throw new Problem('invalid_request', `${message}.`, [
      { code: 'out_of_range', message, argument: 'output' },
    ]);
  }
  const areLabels = only.kind === 'labels' && (classes ?? facts.classes) !== undefined;
  const element = elementKind(only.elementType);
  if (element === undefined || (element === 'text' && !areLabels)) {
    throw modelFileInvalid(
      `its output ${shown(only.name)} is of the type ${shown(only.elementType)}; name the labels by ?classes=`,
    );
  }
  return { name: only.name, kind: areLabels ? 'labels' : 'numbers' };
}

/** A model whose graph has one row built in, though its inputs do not say so, is asked row by row. */
async function probe(
  engine: Engine,
  inputs: InputLayout,
  output: string,
  seeds: readonly number[],
): Promise<{ inputs: InputLayout; results: ResultTensor[] }> {
  const single: InputLayout = { ...inputs, fixedRows: 1 };
  for (const layout of inputs.fixedRows === 1 ? [single] : [inputs, single]) {
    try {
      const results = await runRows(engine, layout, output, seeds.length, goldenValues(layout, seeds));
      const nRows = layout.fixedRows ?? seeds.length;
      if (results.every(({ shape }) => shape[0] === nRows)) return { inputs: layout, results };
    } catch (error) {
      if (error instanceof Problem || error instanceof RangeError) throw error;
    }
  }
  throw modelFileInvalid(
    'it could not compute one result for each of the rows that it was tried with (numbers from 0 to 1)',
  );
}

interface Meaning {
  readonly signature: Omit<ModelSignature, 'inputs'>;
  readonly outputKind: OutputKind;
  readonly nOutputs: number;
  readonly isSecondProbability: boolean;
}

function chooseMeaning(
  facts: EngineFacts,
  { name, kind, rowShape }: OutputLayout,
  results: readonly ResultTensor[],
  choices: ImportChoices,
): Meaning {
  const width = elementsOf(rowShape);
  if (width === 0 || width > MAX_OUTPUTS) throw modelFileInvalid(`it gives ${width} numbers for a row`);
  const named: readonly ClassLabel[] | undefined = choices.classes?.map(labelOf) ?? facts.classes;
  const isSoftmax = facts.softmaxOutputs.has(name) && width > 1;
  const task =
    choices.task ?? facts.task ?? (isSoftmax || named !== undefined ? 'classification' : 'regression');
  const target = { name: task === 'clustering' ? null : name, type: 'number' as const };
  if (task !== 'classification') {
    if (kind === 'labels') throw modelFileInvalid('its output is a label, so its task is classification');
    if (task === 'clustering' && width !== 1)
      throw modelFileInvalid(`it gives ${width} numbers for a row, and a clustering gives one`);
    const outputKind = task === 'clustering' ? 'cluster' : 'value';
    return {
      signature: { task, target, ignored: [] },
      outputKind,
      nOutputs: width,
      isSecondProbability: false,
    };
  }
  const isSecondProbability = kind === 'numbers' && width === 1;
  const nOutputs = kind === 'labels' ? (named?.length ?? 0) : isSecondProbability ? 2 : width;
  const classes = named ?? Array.from({ length: nOutputs }, (_, code) => code);
  checkClasses(classes, nOutputs);
  const areProbabilities =
    kind === 'numbers' && (isSecondProbability ? areShares(results) : areDistributions(results, width));
  if (isSecondProbability && !areProbabilities) {
    throw modelFileInvalid('its one number is no probability, so its task is regression');
  }
  const type =
    typeof classes[0] === 'boolean' ? 'boolean' : typeof classes[0] === 'number' ? 'number' : 'text';
  return {
    signature: { task, target: { ...target, type, classes }, ignored: [] },
    outputKind: areProbabilities ? 'probabilities' : 'scores',
    nOutputs,
    isSecondProbability,
  };
}

/** A label that is written as an integer is one. */
function labelOf(text: string): ClassLabel {
  return /^(?:0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

function checkClasses(classes: readonly ClassLabel[], nOutputs: number): void {
  const isUniform = new Set(classes.map((label) => typeof label)).size === 1;
  if (classes.length === nOutputs && nOutputs > 1 && isUniform && new Set(classes).size === nOutputs) return;
  const message = `classes must be ${nOutputs} different labels of one type, in the order of the model's numbers`;
  throw new Problem('invalid_request', `${message}.`, [
    { code: 'wrong_length', message, argument: 'classes' },
  ]);
}

function areShares(results: readonly ResultTensor[]): boolean {
  return results.every(({ values }) =>
    [...values].every((value) => Number(value) >= 0 && Number(value) <= 1),
  );
}

function areDistributions(results: readonly ResultTensor[], width: number): boolean {
  return (
    areShares(results) &&
    results.every(({ values }) => {
      for (let at = 0; at < values.length; at += width) {
        let sum = 0;
        for (let k = 0; k < width; k++) sum += Number(values[at + k]);
        if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) return false;
      }
      return true;
    })
  );
}

/** Only rows with finite numbers: JSON has no others. */
async function golden(
  engine: Engine,
  model: Pick<ForeignModel, 'inputs' | 'outputs' | 'signature' | 'nOutputs'>,
  seeds: readonly number[],
): Promise<ForeignModel['golden']> {
  const { nOutputs } = model;
  const affordable = Math.max(1, Math.floor(MAX_GOLDEN_OUTPUTS / nOutputs));
  const numbers = await scoreRows(engine, model, seeds.length, goldenValues(model.inputs, seeds));
  const rows = seeds
    .map((seed, i) => ({ seed, outputs: [...numbers.subarray(i * nOutputs, (i + 1) * nOutputs)] }))
    .filter(({ outputs }) => outputs.every(Number.isFinite))
    .slice(0, affordable);
  if (rows.length === 0) {
    throw modelFileInvalid(
      'it gives no finite number for any of the rows that it was tried with (numbers from 0 to 1)',
    );
  }
  return { seeds: rows.map(({ seed }) => seed), outputs: rows.map(({ outputs }) => outputs) };
}

function foundOf({ inputs, outputs, about }: EngineFacts, layout: InputLayout): ForeignModel['found'] {
  const told = ({ name, elementType, shape }: EngineFacts['inputs'][number]) => ({
    name,
    elementType,
    shape: [...shape],
  });
  return {
    ...about,
    nInputs: inputs.length,
    inputs: inputs.slice(0, MAX_COLUMNS).map(told),
    outputs: outputs.map(told),
    rowsAtOnce: layout.fixedRows,
  };
}
