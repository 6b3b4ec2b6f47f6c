import { describe, expect, it } from 'vitest';
import { onnxLimit } from './onnx-limit.js';
import type { TrainingProcessInput } from './process-types.js';

const MIB = 2 ** 20;

function limitOf(exports: 'onnx'[] | undefined, onnxMaxBytes = 256 * MIB, memoryMb = 48_000): number {
  const spec = exports === undefined ? {} : { exports };
  return onnxLimit({ spec, onnxMaxBytes, memoryMb } as TrainingProcessInput);
}

describe('onnxLimit', () => {
  it('is small where nobody asked, the setting where somebody did, and 0 where none is wanted', () => {
    expect(limitOf(undefined)).toBe(4 * MIB);
    expect(limitOf(['onnx'])).toBe(256 * MIB);
    expect(limitOf([])).toBe(0);
  });

  it('is never above the setting, nor above what the memory of the training allows', () => {
    expect(limitOf(undefined, MIB)).toBe(MIB);
    expect(limitOf(undefined, 0)).toBe(0);
    expect(limitOf(['onnx'], 256 * MIB, 480)).toBe(10 * MIB);
  });
});
