import type { Engine } from './engine.js';
import type { ForeignFormat } from './foreign-model.js';

/** Opens a file in its runtime, which is loaded only now. @throws Problem model_file_invalid */
export async function openEngine(format: ForeignFormat, path: string, maxBytes: number): Promise<Engine> {
  if (format === 'onnx') {
    const { OnnxEngine } = await import('./onnx/onnx-engine.js');
    return OnnxEngine.open(path);
  }
  const { TfjsEngine } = await import('./tfjs/tfjs-engine.js');
  return TfjsEngine.open(path, maxBytes);
}
