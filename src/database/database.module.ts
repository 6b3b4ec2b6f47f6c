import { type DynamicModule, Module } from '@nestjs/common';
import { Database } from './database.js';

/** Provides the database to every module. Its owner opens it before and closes it after the application. */
@Module({})
export class DatabaseModule {
  static forRoot(database: Database): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [{ provide: Database, useValue: database }],
      exports: [Database],
    };
  }
}
