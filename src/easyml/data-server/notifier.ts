import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CallbackTransport, type SendResult } from '../../callbacks/callback-sender.js';
import type { ClaimedDelivery } from '../../callbacks/delivery.js';
import { Settings } from '../../config/settings-type.js';
import { Problem } from '../../errors/problem.js';
import { ModelInfos } from '../trainings/model-infos.js';
import { DataServerSession } from './session.js';

/** What a callback of ours says; see the outbox. */
interface Outcome {
  readonly modelId: string;
  readonly status: 'succeeded' | 'failed' | 'canceled' | 'timed_out';
  readonly modelVersion?: number | null;
  readonly error?: { readonly detail: string };
}

const REASONS = {
  failed: 'The training failed.',
  canceled: 'The training was canceled.',
  timed_out: 'The training ran longer than it may.',
};

/** Tells the data server how a training has ended, as it is used to be told: POST /api/ml/notify/{model_id}/. */
@Injectable()
export class EasymlNotifier extends CallbackTransport {
  constructor(
    private readonly session: DataServerSession,
    private readonly settings: Settings,
    /** The outbox is there before the trainings are. */
    private readonly modules: ModuleRef,
  ) {
    super();
  }

  override async send(delivery: ClaimedDelivery): Promise<SendResult> {
    const { data } = JSON.parse(delivery.payload) as { data: Outcome };
    try {
      const body = await this.#notification(data);
      const path = `/api/ml/notify/${data.modelId}/`;
      const { status } = await this.session.ask('POST', path, body, this.settings.callbackTimeoutMs);
      return { status };
    } catch (error) {
      return { error: error instanceof Problem ? error.detail : 'the notification could not be made' };
    }
  }

  override async close(): Promise<void> {
    // Nothing stays open.
  }

  async #notification({ modelId, status, modelVersion, error }: Outcome): Promise<object> {
    if (status !== 'succeeded') {
      return { status: 'fail', extra: { error: error?.detail ?? REASONS[status] } };
    }
    const infos = this.modules.get(ModelInfos, { strict: false });
    return { status: 'done', extra: await infos.get(modelId, modelVersion ?? undefined) };
  }
}
