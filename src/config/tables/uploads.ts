import { MIB, type SettingTable } from '../setting-definition.js';

/** Data-set files on their way in. */
export const UPLOAD_SETTINGS = {
  uploadMaxBytes: {
    variable: 'UPLOAD_MAX_BYTES',
    kind: 'bytes',
    default: 10 * 1024 * MIB,
    minimum: 1,
    description: 'The largest data-set file, in bytes.',
  },
  uploadIdleSeconds: {
    variable: 'UPLOAD_IDLE_SECONDS',
    kind: 'seconds',
    default: 60,
    minimum: 1,
    description: 'An upload that sends nothing for this long is given up, in seconds.',
  },
  uploadExpirySeconds: {
    variable: 'UPLOAD_EXPIRY_SECONDS',
    kind: 'seconds',
    default: 86_400,
    minimum: 1,
    description: 'A resumable upload that is not gone on with for this long is deleted, in seconds.',
  },
} as const satisfies SettingTable;
