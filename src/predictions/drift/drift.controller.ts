import { Controller, Get, Headers, Param, Query } from '@nestjs/common';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { Database } from '../../database/database.js';
import { ModelRepository } from '../../models/model.repository.js';
import { ModelsService } from '../../models/models.service.js';
import { DriftQueryDto } from './drift.dto.js';
import { DriftRepository } from './drift.repository.js';
import { DriftCheck } from './drift-check.js';

const WEEK_MS = 7 * 24 * 3_600_000;

/** How the rows that a model is asked for differ from those that it was trained on. */
@Controller('models/:id/drift')
export class DriftController {
  readonly #check = new DriftCheck(new DriftRepository(), new ModelRepository());

  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly database: Database,
    private readonly models: ModelsService,
  ) {}

  @Get()
  async drift(
    @Headers('authorization') authorization: string | undefined,
    @Param('id') id: string,
    @Query() { version, since }: DriftQueryDto,
  ) {
    await this.credentials.authorize(authorization, { kind: 'model', id, action: 'read' });
    const looked = await this.models.getVersion(id, version);
    const from = since === undefined ? new Date(Date.now() - WEEK_MS) : new Date(since);
    const findings = await this.#check.findings(this.database, looked, from);
    return { modelId: id, modelVersion: looked.version, since: from, ...findings };
  }
}
