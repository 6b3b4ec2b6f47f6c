import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VersionChoice } from '../models/registry/version-choice.js';
import type { Ticket } from './admission.js';
import type { PredictionTarget } from './prediction-target.js';

/** One prediction request on its way to its answer. */
export class Exchange {
  modelId = '';
  choice: VersionChoice;
  /** Whether a reply was handed to the sender, which settles the exchange then. */
  isReplying = false;
  /** Whether everything of the answer has gone to the system. */
  isWhole = false;
  #isWatched = false;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly target: PredictionTarget,
    readonly ticket: Ticket,
    /** Called once, when the answer has left or nobody waits for it any more. */
    private onSettled?: (exchange: Exchange) => void,
  ) {}

  settle(isWhole: boolean): void {
    const tell = this.onSettled;
    if (tell === undefined) return;
    this.onSettled = undefined;
    this.isWhole = isWhole;
    tell(this);
  }

  /** For an answer that does not leave in this turn of the event loop. */
  settleAtClose(): void {
    if (this.onSettled === undefined || this.#isWatched) return;
    this.#isWatched = true;
    const settle = () => this.settle(this.response.writableFinished);
    if (this.response.closed) settle();
    else this.response.once('close', settle);
  }
}
