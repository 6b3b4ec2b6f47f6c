import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import type { RecordInfo } from '../../client/data-server.js';
import { Caller, CallerGuard } from '../users/caller.guard.js';
import type { User } from '../users/user.js';
import { AccessQueryDto } from './records.dto.js';
import { RecordsService } from './records.service.js';

/** What Trainyard asks with a caller's credentials. Owners may do everything; a shared model serves everybody. */
@Controller('access')
@UseGuards(CallerGuard)
export class AccessController {
  constructor(private readonly records: RecordsService) {}

  @Get('datasets/:id')
  async dataset(
    @Caller() caller: User,
    @Param('id') id: string,
    @Query() _query: AccessQueryDto,
  ): Promise<RecordInfo> {
    const { name, ownerId, format } = await this.records.dataset(caller, id);
    return { id, name, ownerId, format, callerId: caller.id };
  }

  @Get('models/:id')
  async model(
    @Caller() caller: User,
    @Param('id') id: string,
    @Query() { action }: AccessQueryDto,
  ): Promise<RecordInfo> {
    const { name, ownerId } = await this.records.modelFor(caller, id, action);
    return { id, name, ownerId, callerId: caller.id };
  }
}
