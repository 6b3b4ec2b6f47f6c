import type { TrainingProcessInput } from './process-types.js';

/**
 * Without being asked for, an ONNX model is written up to this size: 4 MiB, some 100,000 nodes of trees, are written,
 * opened and compared within 0.3 s.
 */
const UNASKED_MAX_BYTES = 4 * 2 ** 20;
/** What onnxruntime takes in memory for a byte of a model, at worst: that of trees. It gets a third of the process. */
const MEMORY_PER_FILE_BYTE = 16;
const MEMORY_SHARE = 1 / 3;

/** The largest ONNX model that this training may write, in bytes; 0: none. */
export function onnxLimit({ spec, onnxMaxBytes, memoryMb }: TrainingProcessInput): number {
  const { exports } = spec;
  if (exports !== undefined && !exports.includes('onnx')) return 0;
  const wanted = exports === undefined ? Math.min(UNASKED_MAX_BYTES, onnxMaxBytes) : onnxMaxBytes;
  return Math.min(wanted, Math.floor((memoryMb * 2 ** 20 * MEMORY_SHARE) / MEMORY_PER_FILE_BYTE));
}
