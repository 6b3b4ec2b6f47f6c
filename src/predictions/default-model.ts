import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { Problem } from '../errors/problem.js';

/** The model that answers where a request cannot name one. */
@Injectable()
export class DefaultModel {
  constructor(private readonly settings: Settings) {}

  /** @throws Problem not_found when the configuration names none */
  id(): string {
    const { defaultModelId } = this.settings;
    if (defaultModelId !== undefined) return defaultModelId;
    throw new Problem('not_found', 'No default model is configured here; ask a model by its id.');
  }

  /**
   * The credentials of a request: its own, or, where it has none and asks the default model, those that the
   * configuration lends to such callers, if any.
   * @param modelId null: the request names no model
   */
  authorizationFor(modelId: string | null, sent: string | undefined): string | undefined {
    return modelId === null ? (sent ?? this.settings.defaultModelAuthorization) : sent;
  }
}
