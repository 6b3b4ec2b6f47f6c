import type { Duel } from '../learn/pipeline/duel.js';
import type { NewModelVersion } from '../models/model-types.js';
import type { TrainingSpec } from './training-spec.js';

/** The version that answers when a training begins. */
export interface Champion {
  readonly version: number;
  readonly bundlePath: string;
}

type Decision = Pick<NewModelVersion, 'promote' | 'reason'> & {
  /** A sentence for the person who trained, where the new version does not answer. */
  readonly warning?: string;
};

/** @param isStillChampion whether the version that was fought against is the current one now */
export function decidePromotion(
  { promotion = 'always' }: Pick<TrainingSpec, 'promotion'>,
  duel: Duel | undefined,
  isStillChampion: boolean,
): Decision {
  if (promotion === 'always') return { promote: true, reason: 'trained' };
  if (promotion === 'never') return { promote: false, reason: 'trained' };
  // Without a champion the new version is the first one, and answers anyway.
  if (duel === undefined) return { promote: false, reason: 'trained' };
  if (duel.isWon && isStillChampion) return { promote: true, reason: 'won' };
  return { promote: false, reason: 'trained', warning: whyNot(duel) };
}

function whyNot(duel: Duel): string {
  const rest = 'the new version is kept, and the current one goes on answering.';
  if ('problem' in duel) return `The new version could not be compared with the current one; ${rest}`;
  if (duel.isWon) return `Another version became the current one during the training; ${rest}`;
  const { metric, challenger, champion, nRows } = duel;
  const name = metric === 'r2' ? 'R²' : metric;
  return (
    `The new version is not better than the current one (${name} ${challenger.toFixed(4)} against ` +
    `${champion.toFixed(4)} on ${nRows} rows that were held out); ${rest}`
  );
}
