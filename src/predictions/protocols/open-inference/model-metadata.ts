import type { ColumnType } from '../../../learn/matrix/table.js';
import { type ModelFacts, shapesBeyondColumns } from '../../scoring/served-model.js';
import { outputsOf } from './output-tensors.js';

interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters?: { readonly content_type: string };
}

/** What a client learns of a model. */
export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  readonly parameters: { readonly content_type: 'pd' };
}

const INPUTS: Readonly<Record<ColumnType, { datatype: string; parameters?: { content_type: string } }>> = {
  number: { datatype: 'FP64' },
  boolean: { datatype: 'BOOL' },
  date: { datatype: 'BYTES', parameters: { content_type: 'datetime' } },
  text: { datatype: 'BYTES', parameters: { content_type: 'str' } },
};

/** One input a column, any number of rows. */
export function metadataOf(facts: ModelFacts, algorithm: string, versions: readonly number[]): ModelMetadata {
  return {
    name: facts.modelId,
    versions: versions.map(String),
    platform: `trainyard_${algorithm}`,
    inputs: inputsOf(facts),
    outputs: outputsOf(facts).map(({ name, datatype, width }) => ({
      name,
      datatype,
      shape: width === null ? [-1] : [-1, width],
    })),
    parameters: { content_type: 'pd' },
  };
}

function inputsOf(facts: ModelFacts): TensorMetadata[] {
  const shapes = shapesBeyondColumns(facts);
  if (shapes !== undefined) return [{ name: shapes.name, datatype: 'FP64', shape: [-1, ...shapes.input] }];
  return facts.signature.inputs.map(({ name, type }) => ({ name, shape: [-1], ...INPUTS[type] }));
}
