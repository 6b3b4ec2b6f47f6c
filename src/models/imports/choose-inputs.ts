import { Problem } from '../../errors/problem.js';
import type { InputColumn } from '../../learn/pipeline/signature.js';
import type { Engine } from './engine.js';
import {
  type ElementKind,
  elementsOf,
  type ImportChoices,
  type InputLayout,
  type TensorDeclaration,
} from './foreign-model.js';
import { modelFileInvalid, shown, shownShape } from './model-file-invalid.js';

/** A wider row has no columns of its own: it is sent as a tensor. */
export const MAX_COLUMNS = 10_000;
const MAX_ROW_VALUES = 4_000_000;
const MAX_SHOWN = 5;
const MAX_NAME_LENGTH = 256;

type Tensor = InputLayout['tensors'][number];

/**
 * How rows become what the model takes: one input a column, or one tensor of numbers for all of them.
 * @throws Problem model_file_invalid with what was found, invalid_request for names that do not fit
 */
export function chooseInputs({ facts, elementKind }: Engine, { columns }: ImportChoices): InputLayout {
  const tensors = facts.inputs.map((input): Tensor => {
    const element = elementKind(input.elementType);
    if (element !== undefined) return { ...input, element };
    throw modelFileInvalid(`its input ${shown(input.name)} is of the type ${shown(input.elementType)}`);
  });
  const [first] = tensors;
  if (first === undefined) throw modelFileInvalid('it has no input');
  const fixedRows = fixedRowsOf(tensors);
  if (tensors.every(isColumn)) {
    if (tensors.length > MAX_COLUMNS) throw modelFileInvalid(`it has more than ${MAX_COLUMNS} inputs`);
    return { kind: 'columns', tensors, rowShape: [tensors.length], fixedRows };
  }
  if (tensors.length > 1 || first.element === 'text' || first.shape.length < 2) throw unfit(tensors);
  return { kind: 'tensor', tensors, rowShape: rowShapeOf(first, columns), fixedRows };
}

/** The columns of the signature; none for a row that is too wide to have them. */
export function columnsOf(
  { kind, tensors, rowShape }: InputLayout,
  { columns }: ImportChoices,
): InputColumn[] {
  const width = elementsOf(rowShape);
  if (width > MAX_COLUMNS) return [];
  const elements = kind === 'columns' ? tensors.map(({ element }) => element) : undefined;
  const names = columns ?? (kind === 'columns' ? tensors.map(({ name }) => name) : undefined);
  if (names !== undefined) checkNames(names, width);
  return Array.from({ length: width }, (_, k) => {
    const element = elements?.[k] ?? (tensors[0] as Tensor).element;
    // Floating point and texts have a word for "missing", NaN and the empty text; the others have none.
    const nullable = element === 'float' || element === 'text';
    return { name: names?.[k] ?? `x${k}`, type: COLUMN_TYPES[element], nullable };
  });
}

const COLUMN_TYPES = {
  float: 'number',
  integer: 'number',
  boolean: 'boolean',
  text: 'text',
} as const satisfies Record<ElementKind, InputColumn['type']>;

/** [rows] or [rows, 1]. */
function isColumn({ shape }: TensorDeclaration): boolean {
  return shape.length === 1 || (shape.length === 2 && shape[1] === 1);
}

/** A model that was exported for one row at a time is asked row by row. */
function fixedRowsOf(tensors: readonly Tensor[]): 1 | null {
  const sizes = tensors.map(({ shape }) => shape[0]);
  if (sizes.some((size) => size === undefined || (size !== null && size !== 1))) throw unfit(tensors);
  return sizes.includes(1) ? 1 : null;
}

function rowShapeOf(tensor: Tensor, columns: readonly string[] | undefined): number[] {
  const sizes = tensor.shape.slice(1);
  const known = sizes.length === 1 && sizes[0] === null && columns !== undefined ? [columns.length] : sizes;
  if (known.some((size) => size === null)) {
    throw modelFileInvalid(
      `its input ${shown(tensor.name)} has the shape ${shownShape(tensor.shape)}, which leaves open how many values a row has` +
        (sizes.length === 1 ? '; name its columns by ?columns=' : ''),
    );
  }
  const shape = known as number[];
  if (elementsOf(shape) > MAX_ROW_VALUES) {
    throw modelFileInvalid(`a row of the shape ${shownShape(shape)} has more than ${MAX_ROW_VALUES} values`);
  }
  return shape;
}

function checkNames(names: readonly string[], width: number): void {
  const isGood = names.every((name) => name !== '' && name.length <= MAX_NAME_LENGTH);
  if (isGood && names.length === width && new Set(names).size === width) return;
  const message = `columns must be ${width} different names, one for each value of a row`;
  throw new Problem('invalid_request', `${message}.`, [
    { code: 'wrong_length', message, argument: 'columns' },
  ]);
}

function unfit(tensors: readonly Tensor[]): Problem {
  const found = tensors
    .slice(0, MAX_SHOWN)
    .map(({ name, elementType, shape }) => `${shown(name)} ${elementType} ${shownShape(shape)}`);
  const rest = tensors.length > MAX_SHOWN ? ` and ${tensors.length - MAX_SHOWN} more` : '';
  return modelFileInvalid(
    `rows cannot be given to its inputs: wanted are inputs of the shape [?, 1], one a column, or one tensor of numbers ` +
      `whose first dimension is the rows; found are ${found.join(', ')}${rest}`,
  );
}
