import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PythonValue, parsePythonJson, pythonTypeOf, toPlain } from './python-json.js';

describe('JSON as Python reads it', () => {
  it.each<[string, string]>([
    ['1', 'int'],
    ['-0', 'int'],
    ['1.0', 'float'],
    ['0.0', 'float'],
    ['1e5', 'float'],
    ['9007199254740993', 'int'],
    ['true', 'bool'],
    ['"1.0"', 'str'],
    ['null', 'NoneType'],
    ['[1, 2]', 'list'],
    ['{"a": 1.5}', 'dict'],
  ])('calls %s %s', (text, type) => {
    expect(pythonTypeOf(parsePythonJson(text))).toBe(type);
  });

  it('rounds no long int', () => {
    expect(parsePythonJson('{"id": 9007199254740993}')).toEqual({ id: 9007199254740993n });
  });

  it('takes numbers in strings and names for what they are', () => {
    expect(parsePythonJson('{"1.5": "a \\" 2.5 , 3"}')).toEqual({ '1.5': 'a " 2.5 , 3' });
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(toPlain(parsePythonJson(text))).toEqual(JSON.parse(text) as PythonValue);
      }),
    );
  });

  it.each(['', '{', '[1,]', '{"a": 01}', 'NaN', '{"a" 1}'])('refuses %j', (text) => {
    expect(() => parsePythonJson(text)).toThrow(SyntaxError);
  });
});
