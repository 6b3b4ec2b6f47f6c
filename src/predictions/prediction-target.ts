import type { ProtocolName } from './protocols/protocol.js';

/** Whom a request asks, and in what language. */
export interface PredictionTarget {
  readonly protocol: ProtocolName;
  /** null: the model that the configuration names as the default. */
  readonly modelId: string | null;
  /** As it was sent, in the path or as `?version=`; undefined: the current version. */
  readonly version?: string | undefined;
}
