import { describeModel } from '../describe-model.js';
import type { ForeignFormat, ForeignModel, ImportChoices } from '../foreign-model.js';
import { openEngine } from '../open-engine.js';

export interface ImportTaskInput {
  readonly path: string;
  readonly format: ForeignFormat;
  readonly choices: ImportChoices;
  /** Of a zip, unpacked. */
  readonly maxBytes: number;
}

/** Checks a file from outside. @throws Problem model_file_invalid, invalid_request */
export async function importModel({
  path,
  format,
  choices,
  maxBytes,
}: ImportTaskInput): Promise<ForeignModel> {
  return describeModel(await openEngine(format, path, maxBytes), format, choices);
}
