import { bareProtocol } from './bare/bare-protocol.js';
import { mlflowProtocol } from './mlflow/mlflow-protocol.js';
import { nativeProtocol } from './native/native-protocol.js';
import { openInferenceProtocol } from './open-inference/open-inference-protocol.js';
import type { Protocol, ProtocolName } from './protocol.js';

/** All of them. A new one is a folder and a line here; who takes which path is said in fast-path.ts. */
export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  native: nativeProtocol,
  'open-inference': openInferenceProtocol,
  mlflow: mlflowProtocol,
  bare: bareProtocol,
};
