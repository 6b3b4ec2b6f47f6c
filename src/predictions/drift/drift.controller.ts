import { Controller, Get, Headers, Param, Query } from '@nestjs/common';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { choiceOf } from '../../models/registry/version-choice.js';
import { DriftQueryDto } from './drift.dto.js';
import { DriftService } from './drift.service.js';

/** How the rows that a model is asked for differ from those that it was trained on. */
@Controller('models/:id/drift')
export class DriftController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly drifts: DriftService,
  ) {}

  @Get()
  async drift(
    @Headers('authorization') authorization: string | undefined,
    @Param('id') id: string,
    @Query() { version, since }: DriftQueryDto,
  ) {
    await this.credentials.authorize(authorization, { kind: 'model', id, action: 'read' });
    return this.drifts.drift(id, choiceOf(version), since === undefined ? undefined : new Date(since));
  }
}
