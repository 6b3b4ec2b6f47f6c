import { Module } from '@nestjs/common';
import { TrainingModule } from '../training/training.module.js';
import { RecurringJobs } from './recurring-jobs.js';

/** The work that comes again and again. */
@Module({ imports: [TrainingModule], providers: [RecurringJobs] })
export class JobsModule {}
