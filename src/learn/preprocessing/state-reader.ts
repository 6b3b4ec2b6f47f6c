import { LearnError } from '../errors.js';
import type { Json, JsonObject } from '../json.js';
import type { Tensors } from '../tensor.js';

/**
 * Reads a step's learned state, which may come from a damaged or a hostile file: every access names what it
 * expects, and anything else is LearnError('invalid_state') with the path of what was wrong, never its value.
 */
export function damaged(path: string, expected: string): LearnError {
  return new LearnError('invalid_state', `The learned state is damaged: ${path} must be ${expected}.`);
}

export function readObject(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(path, 'an object');
  return value as JsonObject;
}

/** The own member `key`, never an inherited one. */
export function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function readList(value: unknown, path: string): readonly Json[] {
  if (!Array.isArray(value)) throw damaged(path, 'a list');
  return value as readonly Json[];
}

export function readText(value: unknown, path: string): string {
  if (typeof value !== 'string') throw damaged(path, 'a text');
  return value;
}

export function readBoolean(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw damaged(path, 'true or false');
  return value;
}

export function readFinite(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw damaged(path, 'a finite number');
  return value;
}

export function readChoice<T extends string>(value: unknown, of: readonly T[], path: string): T {
  if (typeof value !== 'string' || !(of as readonly string[]).includes(value)) {
    throw damaged(path, `one of ${of.join(', ')}`);
  }
  return value as T;
}

/** A list of texts, each once. */
export function readDistinctTexts(value: unknown, path: string): string[] {
  const texts = readList(value, path).map((text, i) => readText(text, `${path}[${i}]`));
  if (new Set(texts).size !== texts.length) throw damaged(path, 'a list without repetition');
  return texts;
}

/** A vector of `length` finite 64-bit numbers. */
export function readFloat64Vector(tensors: Tensors, name: string, length: number): Float64Array {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  const isVector =
    tensor !== undefined &&
    tensor.data instanceof Float64Array &&
    tensor.shape.length === 1 &&
    tensor.shape[0] === length &&
    tensor.data.length === length;
  if (!isVector) throw damaged(`tensor ${name}`, `a vector of ${length} 64-bit numbers`);
  const data = tensor.data as Float64Array;
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(data[i])) throw damaged(`tensor ${name}`, 'finite in every element');
  }
  return data;
}
