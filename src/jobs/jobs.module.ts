import { Global, Module } from '@nestjs/common';
import { RecurringJobs } from './recurring-jobs.js';
import { TrainingQueue } from './training-queue.js';

/** The durable queue of trainings, and the work that comes again and again. */
@Global()
@Module({ providers: [TrainingQueue, RecurringJobs], exports: [TrainingQueue] })
export class JobsModule {}
