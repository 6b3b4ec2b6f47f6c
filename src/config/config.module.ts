import { type DynamicModule, Module } from '@nestjs/common';
import { Settings } from './settings-type.js';

/** Provides the one object of settings to every module. */
@Module({})
export class ConfigModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: Settings, useValue: settings }],
      exports: [Settings],
    };
  }
}
