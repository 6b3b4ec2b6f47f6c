import type { Task } from '../estimator.js';
import type { JsonObject } from '../json.js';
import { COLUMN_TYPES, type ColumnType } from '../matrix/table.js';
import {
  damaged,
  member,
  readBoolean,
  readChoice,
  readDistinctTexts,
  readFinite,
  readList,
  readObject,
  readText,
} from '../preprocessing/state-reader.js';
import type { InputColumn, ModelSignature } from './signature.js';

const TASKS: readonly Task[] = ['classification', 'regression', 'clustering'];

/**
 * Reads a signature that came from outside.
 * @throws LearnError invalid_state
 */
export function readSignature(value: unknown): ModelSignature {
  const signature = readObject(value, 'signature');
  const task = readChoice(member(signature, 'task'), TASKS, 'signature.task');
  const inputs = readInputs(member(signature, 'inputs'), 'signature.inputs');
  const names = inputs.map((input) => input.name);
  const ignored = readDistinctTexts(member(signature, 'ignored'), 'signature.ignored');
  if (ignored.some((name) => names.includes(name))) throw damaged('signature.ignored', 'without an input');
  return { task, inputs, target: readTarget(signature, task), ignored };
}

/** @throws LearnError invalid_state */
export function readInputs(value: unknown, path: string): InputColumn[] {
  const inputs = readList(value, path).map((input, i) => readInput(input, `${path}[${i}]`));
  if (inputs.length === 0 || new Set(inputs.map(({ name }) => name)).size !== inputs.length) {
    throw damaged(path, 'a list of differently named columns');
  }
  return inputs;
}

function readTarget(signature: JsonObject, task: Task): ModelSignature['target'] {
  const target = readObject(member(signature, 'target'), 'signature.target');
  const nameValue = member(target, 'name');
  const name = nameValue === null ? null : readText(nameValue, 'signature.target.name');
  if (name === null && task !== 'clustering') throw damaged('signature.target.name', 'a column');
  const type = readChoice(member(target, 'type'), COLUMN_TYPES, 'signature.target.type');
  const classes = member(target, 'classes');
  if (task !== 'classification') {
    if (classes !== undefined) throw damaged('signature.target.classes', 'absent');
    return { name, type };
  }
  const labels = readList(classes, 'signature.target.classes').map((label) => {
    if (typeof label === 'string' || typeof label === 'number' || typeof label === 'boolean') return label;
    throw damaged('signature.target.classes', 'a list of labels');
  });
  return { name, type, classes: labels };
}

function readInput(value: unknown, path: string): InputColumn {
  const input = readObject(value, path);
  const name = readText(member(input, 'name'), `${path}.name`);
  const type: ColumnType = readChoice(member(input, 'type'), COLUMN_TYPES, `${path}.type`);
  const nullable = readBoolean(member(input, 'nullable'), `${path}.nullable`);
  if (type === 'text') {
    // A hashed column takes any text.
    const categories = member(input, 'categories');
    if (categories === undefined) return { name, type, nullable };
    return { name, type, nullable, categories: readDistinctTexts(categories, `${path}.categories`) };
  }
  if (type === 'boolean') return { name, type, nullable };
  const minimum = readFinite(member(input, 'minimum'), `${path}.minimum`);
  const maximum = readFinite(member(input, 'maximum'), `${path}.maximum`);
  if (minimum > maximum) throw damaged(`${path}.maximum`, 'at least the minimum');
  return { name, type, nullable, minimum, maximum };
}
