import type { JsonObject } from '../json.js';
import { CategorySlots } from '../preprocessing/category-slots.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { DateEncoder } from '../preprocessing/date-encoder.js';
import { HashingEncoder } from '../preprocessing/hashing-encoder.js';
import { NumberImputer, TextImputer } from '../preprocessing/imputer.js';
import { NumberEncoder } from '../preprocessing/number-encoder.js';
import { OneHotEncoder } from '../preprocessing/one-hot-encoder.js';
import { OrdinalEncoder } from '../preprocessing/ordinal-encoder.js';
import { damaged, member, readBoolean, readChoice, readObject } from '../preprocessing/state-reader.js';
import { TargetEncoder } from '../preprocessing/target-encoder.js';
import type { Tensor } from '../tensor.js';
import type { InputColumn } from './signature.js';
import { ENCODING_POLICIES } from './spec.js';

/** What a target encoder needs besides its JSON. */
export interface TargetPart {
  readonly means: Tensor | undefined;
  /** As many as the task has: targetOutputs. */
  readonly nOutputs: number;
}

type TextEncoder = OrdinalEncoder | OneHotEncoder | TargetEncoder | HashingEncoder;

export function isTextEncoder(encoder: ColumnEncoder): encoder is TextEncoder {
  return (
    encoder instanceof OrdinalEncoder ||
    encoder instanceof OneHotEncoder ||
    encoder instanceof TargetEncoder ||
    encoder instanceof HashingEncoder
  );
}

/**
 * Reads the encoder of one input, without its indicator.
 * @param config the whole of the parts' JSON; nothing in it is trusted
 * @throws LearnError invalid_state
 */
export function readEncoder(config: JsonObject, input: InputColumn, target: TargetPart): ColumnEncoder {
  const { name, type } = input;
  const path = `imputers.${name}`;
  const state = readObject(member(readObject(member(config, 'imputers'), 'imputers'), name), path);
  const imputer = type === 'text' ? TextImputer.fromState(state, path) : NumberImputer.fromState(state, path);
  if ((imputer.policy !== 'error') !== input.nullable) throw damaged(path, 'as the signature says');
  if (imputer instanceof TextImputer) return readTextEncoder(config, input, imputer, target);
  if (imputer.policy === 'knn' && type !== 'number') throw damaged(path, 'another policy than knn');
  if (type !== 'date') return new NumberEncoder(name, type === 'boolean' ? type : 'number', imputer);
  const parts = member(readObject(member(config, 'date_encoders'), 'date_encoders'), name);
  return DateEncoder.fromState(parts, name, imputer, `date_encoders.${name}`);
}

function readTextEncoder(
  config: JsonObject,
  input: InputColumn,
  imputer: TextImputer,
  target: TargetPart,
): ColumnEncoder {
  const { name } = input;
  const path = `label_encoders.columns.${name}`;
  const encoders = readObject(member(config, 'label_encoders'), 'label_encoders');
  const columns = readObject(member(encoders, 'columns'), 'label_encoders.columns');
  const state = readObject(member(columns, name), path);
  const encoding = readChoice(member(state, 'encoding'), ENCODING_POLICIES, `${path}.encoding`);
  if (encoding === 'hashing') {
    if (input.categories !== undefined) throw damaged(path, 'without categories in the signature');
    return HashingEncoder.fromState(state, name, imputer, path);
  }
  const slots = CategorySlots.fromState(state, imputer, path);
  const known = slots.known();
  const isSame =
    input.categories?.length === known.length && known.every((text, i) => text === input.categories?.[i]);
  if (!isSame) throw damaged(path, 'with the categories of the signature');
  switch (encoding) {
    case 'one_hot':
      return new OneHotEncoder(name, slots);
    case 'target':
      return TargetEncoder.fromState(target.means, name, slots, target.nOutputs, `${path} target means`);
    case 'ordinal': {
      const isCategorical = readBoolean(member(state, 'isCategorical'), `${path}.isCategorical`);
      return new OrdinalEncoder(name, slots, isCategorical);
    }
  }
}
