import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { DocsController } from './docs.controller.js';
import { JsonBodyInterceptor } from './json-body.interceptor.js';
import { ProblemFilter } from './problem.filter.js';
import { createValidationPipe } from './validation.js';

/** What holds for every controller: bodies read for those who may come in, validated arguments in, problems out. */
@Module({
  controllers: [DocsController],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_INTERCEPTOR, useFactory: () => new JsonBodyInterceptor() },
    { provide: APP_PIPE, useFactory: createValidationPipe },
  ],
})
export class HttpModule {}
