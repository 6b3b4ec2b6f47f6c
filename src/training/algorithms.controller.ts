import { Controller, Get, UseGuards } from '@nestjs/common';
import { ServiceTokenGuard } from '../auth/service-token.guard.js';
import type { Algorithm } from '../learn/estimator.js';
import { ALGORITHMS } from '../learn/registry.js';

type AlgorithmDescription = Pick<Algorithm, 'name' | 'title' | 'task' | 'summary' | 'input' | 'parameters'>;

/** What can be trained: the registry's own tables. */
@Controller('internal/algorithms')
@UseGuards(ServiceTokenGuard)
export class AlgorithmsController {
  @Get()
  list(): { algorithms: AlgorithmDescription[] } {
    return {
      algorithms: ALGORITHMS.map(({ name, title, task, summary, input, parameters }) => ({
        name,
        title,
        task,
        summary,
        input,
        parameters,
      })),
    };
  }
}
