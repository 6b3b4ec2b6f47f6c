import { MIB, type SettingTable } from '../setting-definition.js';

/** How large the files that hold a model may be. */
export const BUNDLE_SIZE_SETTINGS = {
  bundleMaxBytes: {
    variable: 'BUNDLE_MAX_BYTES',
    kind: 'bytes',
    default: 2 * 1024 * MIB,
    minimum: 1,
    description: 'The largest bundle that may be imported, in bytes.',
  },
  onnxMaxBytes: {
    variable: 'ONNX_MAX_BYTES',
    kind: 'bytes',
    default: 256 * MIB,
    minimum: 0,
    description:
      'The largest ONNX model that a training may write into its bundle, in bytes; 0 writes none. Without being asked for one it writes up to 4 MiB.',
  },
} as const satisfies SettingTable;

/** Who signs bundles, and whose are taken. */
export const BUNDLE_KEY_SETTINGS = {
  signingKeyFile: {
    variable: 'SIGNING_KEY_FILE',
    kind: 'text',
    default: undefined,
    description: 'The Ed25519 private key (PEM) that signs bundles; generated in STORAGE_DIR when not given.',
  },
  trustedKeyFiles: {
    variable: 'TRUSTED_KEY_FILES',
    kind: 'list',
    default: undefined,
    description:
      'Comma-separated PEM files of Ed25519 public keys whose bundles may be imported, beside our own.',
  },
} as const satisfies SettingTable;
