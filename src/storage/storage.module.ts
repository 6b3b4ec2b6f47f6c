import { type DynamicModule, Module } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { LocalObjectStore } from './local-object-store.js';
import { ObjectStore } from './object-store.js';

/** Provides the object store to every module. */
@Module({})
export class StorageModule {
  static forRoot(): DynamicModule {
    return {
      module: StorageModule,
      global: true,
      providers: [
        {
          provide: ObjectStore,
          inject: [Settings],
          useFactory: (settings: Settings) => new LocalObjectStore(settings.storageDir),
        },
      ],
      exports: [ObjectStore],
    };
  }
}
