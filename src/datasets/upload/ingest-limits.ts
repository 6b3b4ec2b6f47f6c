import type { Settings } from '../../config/settings-type.js';
import type { IngestInput } from '../ingest/ingest-types.js';

/** A longer record is a file that is read with the wrong quoting; 10,000 columns of prose stay far below. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

export function ingestLimits(settings: Settings): IngestInput['limits'] {
  return {
    maxColumns: settings.ingestMaxColumns,
    maxLineBytes: MAX_LINE_BYTES,
    maxUncompressedBytes: settings.ingestMaxBytes,
    memoryMb: settings.ingestMemoryMb,
    threads: settings.ingestThreads,
  };
}
