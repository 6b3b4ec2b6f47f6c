import type { InputColumn } from '../../../learn/pipeline/signature.js';
import { CategorySlots } from '../../../learn/preprocessing/category-slots.js';
import type {
  ColumnEncoder,
  NumberColumnEncoder,
  TextColumnEncoder,
} from '../../../learn/preprocessing/column-encoder.js';
import { DateEncoder } from '../../../learn/preprocessing/date-encoder.js';
import { HashedSlots } from '../../../learn/preprocessing/hashing-encoder.js';
import { hasIndicator, withoutIndicator } from '../../../learn/preprocessing/missing-indicator.js';
import { OneHotEncoder } from '../../../learn/preprocessing/one-hot-encoder.js';
import { OrdinalEncoder } from '../../../learn/preprocessing/ordinal-encoder.js';
import { TargetEncoder } from '../../../learn/preprocessing/target-encoder.js';
import { REFUSED_SLOT, UNSEEN } from '../../../learn/preprocessing/text-slots.js';
import { datePartNode } from './date-parts.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { NotExpressible } from './not-expressible.js';
import type { ValueOf } from './recipe-graph.js';
import { isMissingText } from './text-functions.js';

/** Encoded rows, and which of them the columns' policies refuse; null: none ever is. */
export interface EncodedColumns {
  /** rows x features. */
  readonly features: Value;
  /** rows x 1, of booleans. */
  readonly refused: Value | null;
}

/** What one column gives: its features side by side, and where it refuses a row. */
interface Block {
  readonly features: Value;
  readonly refused: Value | null;
}

/**
 * What the encoders of a model make of its columns. A number, a boolean (0 and 1) or a date (milliseconds
 * since 1970) comes as a double, NaN where it is missing; a text as a string, empty where it is missing.
 * Plain number columns are handled together: a graph of 600 columns would otherwise have thousands of nodes.
 * @throws NotExpressible
 */
export function encodeColumns(
  graph: GraphBuilder,
  inputs: readonly InputColumn[],
  encoders: readonly ColumnEncoder[],
  columnValue: ValueOf,
): EncodedColumns {
  const plain: { encoder: NumberColumnEncoder; value: Value; at: number }[] = [];
  const blocks: { block: Block; places: number[] }[] = [];
  let at = 0;
  for (const [k, encoder] of encoders.entries()) {
    const input = inputs[k] as InputColumn;
    const { type } = input;
    const value = columnValue(input);
    const nFeatures = encoder.features.length;
    if (encoder.takes === 'number' && nFeatures === 1 && type !== 'date') plain.push({ encoder, value, at });
    else {
      const block =
        encoder.takes === 'text' ? textBlock(graph, value, encoder) : numberBlock(graph, value, encoder);
      blocks.push({ block, places: Array.from({ length: nFeatures }, (_, j) => at + j) });
    }
    at += nFeatures;
  }
  if (plain.length > 0) {
    const values = graph.join(plain.map(({ value }) => value));
    const block = plainNumbers(
      graph,
      values,
      plain.map(({ encoder }) => encoder),
    );
    blocks.unshift({ block, places: plain.map((column) => column.at) });
  }
  const joined = graph.join(blocks.map(({ block }) => block.features));
  const order = blocks.flatMap(({ places }) => places);
  const refusals = blocks.flatMap(({ block }) => (block.refused === null ? [] : [block.refused]));
  const placeOf = new Array<number>(order.length);
  for (const [k, place] of order.entries()) placeOf[place] = k;
  const isInOrder = order.every((place, k) => place === k);
  return {
    features: isInOrder ? joined : graph.columns(joined, placeOf),
    refused: refusals.length === 0 ? null : refusals.reduce((a, b) => graph.apply('Or', [a, b])),
  };
}

function plainNumbers(graph: GraphBuilder, values: Value, encoders: readonly NumberColumnEncoder[]): Block {
  const fills = encoders.map(({ imputer }) => imputer.fill);
  const isMissing = graph.apply('IsNaN', [values]);
  const features = fills.every(Number.isNaN) ? values : graph.where(isMissing, graph.numbers(fills), values);
  const refusing = [...encoders.keys()].filter((k) => encoders[k]?.imputer.policy === 'error');
  if (refusing.length === 0) return { features, refused: null };
  const missing = graph.toDouble(graph.columns(isMissing, refusing));
  const nMissing = graph.apply('ReduceSum', [missing, graph.integers(1)], { keepdims: { int: 1 } });
  return { features, refused: graph.apply('Greater', [nMissing, graph.numbers(0)]) };
}

/** A date, or a number with an indicator. */
function numberBlock(graph: GraphBuilder, value: Value, column: NumberColumnEncoder): Block {
  const { imputer } = column;
  const inner = withoutIndicator(column);
  const isMissing = graph.apply('IsNaN', [value]);
  const filled = Number.isNaN(imputer.fill)
    ? value
    : graph.where(isMissing, graph.numbers(imputer.fill), value);
  const features =
    inner instanceof DateEncoder ? inner.parts.map((part) => datePartNode(graph, filled, part)) : [filled];
  if (hasIndicator(column)) features.push(graph.toDouble(isMissing));
  return { features: graph.join(features), refused: imputer.policy === 'error' ? isMissing : null };
}

function textBlock(graph: GraphBuilder, value: Value, column: TextColumnEncoder): Block {
  const encoder = withoutIndicator(column);
  const { slots } = column;
  if (slots instanceof HashedSlots) return hashedBlock(graph, value, slots, hasIndicator(column));
  if (!(slots instanceof CategorySlots)) {
    throw new NotExpressible('a column is encoded in a way that is not known here');
  }
  const known = slots.known();
  const missing = slots.missingSlot;
  const unseen = slots.unseenIsMissing ? missing : slots.unseenSlot;
  const slot = lookUp(
    graph,
    value,
    known.map((text) => slots.find(text)),
    known,
    missing,
    unseen,
  );
  const features = [slotFeatures(graph, slot, encoder, slots)];
  if (hasIndicator(column)) {
    const flags = known.map(() => 0);
    features.push(graph.toDouble(lookUp(graph, value, flags, known, 1, slots.unseenIsMissing ? 1 : 0)));
  }
  const isRefusing = missing === REFUSED_SLOT || unseen === REFUSED_SLOT;
  const refused = isRefusing ? graph.apply('Equal', [slot, graph.integers(REFUSED_SLOT)]) : null;
  return { features: graph.join(features), refused };
}

/** A text puts the sign of its hash into its bucket. The hash is an operator that onnxruntime adds to those of ONNX. */
function hashedBlock(graph: GraphBuilder, value: Value, slots: HashedSlots, withIndicator: boolean): Block {
  const { nBuckets, missingSlot } = slots;
  const hash = graph.toInteger(
    graph.applyRuntime('MurmurHash3', [value], { positive: { int: 0 }, seed: { int: 0 } }),
  );
  const zero = graph.integers(0);
  const isMissing = isMissingText(graph, value);
  const ownSlot = graph.add(
    graph.multiply(
      graph.apply('Mod', [graph.apply('Abs', [hash]), graph.integers(nBuckets)]),
      graph.integers(2),
    ),
    graph.toInteger(graph.apply('Less', [hash, zero])),
  );
  const slot = graph.where(isMissing, graph.integers(missingSlot), ownSlot);
  const places = (offset: number): Value =>
    graph.constant({
      type: 'int64',
      shape: [1, nBuckets],
      data: Array.from({ length: nBuckets }, (_, bucket) => 2 * bucket + offset),
    });
  const has = (offset: number): Value => graph.toDouble(graph.apply('Equal', [slot, places(offset)]));
  const features = [graph.subtract(has(0), has(1))];
  if (withIndicator) features.push(graph.toDouble(isMissing));
  return { features: graph.join(features), refused: missingSlot === REFUSED_SLOT ? isMissing : null };
}

/** For each text its number: of the list, of the empty text, or of any other. */
function lookUp(
  graph: GraphBuilder,
  value: Value,
  numbers: readonly number[],
  texts: readonly string[],
  ofEmpty: number,
  ofOthers: number,
): Value {
  return graph.applyMl('LabelEncoder', [value], {
    keys_strings: { texts: [...texts, ''] },
    values_int64s: { ints: [...numbers, ofEmpty] },
    default_int64: { int: ofOthers === UNSEEN ? ofEmpty : ofOthers },
  });
}

/** What an encoder writes for a slot: a row of a table. The slots -1 and -2 count from its end: missing, refused. */
function slotFeatures(graph: GraphBuilder, slot: Value, encoder: ColumnEncoder, slots: CategorySlots): Value {
  const { nSlots } = slots;
  if (encoder instanceof OneHotEncoder) {
    const places = graph.constant({
      type: 'int64',
      shape: [1, nSlots],
      data: Array.from({ length: nSlots }, (_, k) => k),
    });
    return graph.toDouble(graph.apply('Equal', [slot, places]));
  }
  if (encoder instanceof OrdinalEncoder) {
    const table = [...Array.from({ length: nSlots }, (_, k) => k), Number.NaN, Number.NaN];
    return tableRow(graph, slot, Float64Array.from(table), 1);
  }
  if (encoder instanceof TargetEncoder) {
    const { means, nOutputs } = encoder;
    const table = new Float64Array((nSlots + 2) * nOutputs).fill(Number.NaN);
    table.set(means);
    return tableRow(graph, slot, table, nOutputs);
  }
  throw new NotExpressible('a column is encoded in a way that is not known here');
}

function tableRow(graph: GraphBuilder, slot: Value, table: Float64Array, width: number): Value {
  const rows = graph.numbers(table, [table.length / width, width]);
  const found = graph.apply('Gather', [rows, slot], { axis: { int: 0 } });
  return graph.apply('Reshape', [found, graph.integers(-1, width)]);
}
