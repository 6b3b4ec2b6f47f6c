import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { DatabaseModule } from '../../database/database.module.js';
import { AccessController } from './records/access.controller.js';
import { DatasetRecordsController } from './records/datasets.controller.js';
import { DatasetRecordsRepository } from './records/datasets.repository.js';
import { ModelRecordsController } from './records/models.controller.js';
import { ModelRecordsRepository } from './records/models.repository.js';
import { RecordsService } from './records/records.service.js';
import { CallbacksController } from './trainings/callbacks.controller.js';
import { ReceivedCallbacksRepository } from './trainings/callbacks.repository.js';
import { CallbackReceiver } from './trainings/callbacks.service.js';
import { TrainingsController } from './trainings/trainings.controller.js';
import { TrainingsService } from './trainings/trainings.service.js';
import { TrainyardClient, type TrainyardClientOptions } from './trainings/trainyard-client.js';
import { LoginLimiter } from './users/login-limiter.js';
import { PasswordHasher } from './users/password-hasher.js';
import { RegistrationLimiter } from './users/registration-limiter.js';
import { UsersController } from './users/users.controller.js';
import { UsersRepository } from './users/users.repository.js';
import { UsersService } from './users/users.service.js';

export interface EmbeddedModuleOptions extends TrainyardClientOptions {
  readonly database: Database;
  /** whsec_…; any of them may have signed a callback. */
  readonly callbackSecrets: readonly string[];
}

/** A small data server: users, records, trainings on their behalf. */
@Module({
  controllers: [
    UsersController,
    DatasetRecordsController,
    ModelRecordsController,
    TrainingsController,
    AccessController,
    CallbacksController,
  ],
  providers: [
    UsersService,
    UsersRepository,
    PasswordHasher,
    LoginLimiter,
    RegistrationLimiter,
    RecordsService,
    DatasetRecordsRepository,
    ModelRecordsRepository,
    TrainingsService,
    ReceivedCallbacksRepository,
  ],
})
export class EmbeddedDataServerModule implements OnApplicationShutdown {
  constructor(private readonly trainyard: TrainyardClient) {}

  static with(options: EmbeddedModuleOptions): DynamicModule {
    return {
      module: EmbeddedDataServerModule,
      imports: [DatabaseModule.forRoot(options.database)],
      providers: [
        { provide: TrainyardClient, useValue: new TrainyardClient(options) },
        {
          provide: CallbackReceiver,
          inject: [ReceivedCallbacksRepository, ModelRecordsRepository],
          useFactory: (received: ReceivedCallbacksRepository, models: ModelRecordsRepository) =>
            new CallbackReceiver(options.callbackSecrets, received, models),
        },
      ],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.trainyard.close();
  }
}
