import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { Settings } from '../config/settings-type.js';
import { Database } from '../database/database.js';
import { CallbackDispatcher } from './callback-dispatcher.js';
import { CallbackSender, CallbackTarget, CallbackTransport } from './callback-sender.js';
import { CallbacksController } from './callbacks.controller.js';
import { CallbacksRepository } from './callbacks.repository.js';
import { CallbacksService } from './callbacks.service.js';
import { Clock, SystemClock } from './clock.js';

/** Outbox, signing, delivery and replay. Deliveries are sent by processes in the role of a worker. */
@Module({
  imports: [AuthModule],
  controllers: [CallbacksController],
  providers: [
    CallbacksService,
    CallbacksRepository,
    { provide: Clock, useClass: SystemClock },
    { provide: CallbackTarget, inject: [Settings], useFactory: targetOf },
    {
      provide: CallbackDispatcher,
      inject: [
        Database,
        CallbacksRepository,
        CallbackTarget,
        Clock,
        Settings,
        { token: CallbackTransport, optional: true },
      ],
      useFactory: (
        db: Database,
        repository: CallbacksRepository,
        target: CallbackTarget,
        clock: Clock,
        settings: Settings,
        transport?: CallbackTransport,
      ) =>
        new CallbackDispatcher(
          db,
          repository,
          transport ?? new CallbackSender(target, settings.callbackTimeoutMs),
          clock,
          settings.callbackTimeoutMs,
        ),
    },
  ],
  exports: [CallbacksService, Clock],
})
export class CallbacksModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly dispatcher: CallbackDispatcher,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.settings.role !== 'api') await this.dispatcher.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dispatcher.stop();
  }
}

/** By default the data server beside us takes them; without secrets nothing could be believed, so the start fails. */
function targetOf(settings: Settings): CallbackTarget {
  const base = settings.dataServerUrl?.replace(/\/+$/, '');
  const url = settings.callbackUrl ?? (base && `${base}/callbacks/trainyard`);
  if (url === undefined) throw new Error('CALLBACK_URL: the address of the receiver must be known.');
  if (settings.callbackSecrets.length === 0)
    throw new Error('CALLBACK_SECRETS: at least one secret is needed.');
  return { url, secrets: settings.callbackSecrets };
}
