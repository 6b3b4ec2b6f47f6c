import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Problem } from '../../errors/problem.js';

/** When somebody who was sent away may try again. */
const RETRY_AFTER_SECONDS = 10;

/** So many files are predicted, wait for it or are on their way in one process, whoever has sent them. */
@Injectable()
export class FilePlaces {
  readonly #maxPlaces: number;
  #nTaken = 0;

  constructor({ predictionFilesConcurrency, predictionFilesWaiting }: Settings) {
    this.#maxPlaces = predictionFilesConcurrency + predictionFilesWaiting;
  }

  /**
   * Takes a place for a file, before anything of it is read.
   * @returns gives the place back; again it does nothing
   * @throws Problem too_many_requests
   */
  take(): () => void {
    if (this.#nTaken >= this.#maxPlaces) {
      throw new Problem(
        'too_many_requests',
        `${this.#nTaken} files are being predicted or wait for it.`,
        [],
        RETRY_AFTER_SECONDS,
      );
    }
    this.#nTaken++;
    let isTaken = true;
    return () => {
      if (isTaken) this.#nTaken--;
      isTaken = false;
    };
  }
}
