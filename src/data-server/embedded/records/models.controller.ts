import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { Caller, CallerGuard } from '../users/caller.guard.js';
import type { User } from '../users/user.js';
import type { ModelRecord } from './record.js';
import { ModelNameDto, UpdateModelDto } from './records.dto.js';
import { RecordsService } from './records.service.js';

@Controller('models')
@UseGuards(CallerGuard)
export class ModelRecordsController {
  constructor(private readonly records: RecordsService) {}

  @Get()
  async list(@Caller() caller: User): Promise<{ models: ModelRecord[] }> {
    return { models: await this.records.listModels(caller) };
  }

  @Post()
  create(@Caller() caller: User, @Body() body: ModelNameDto): Promise<ModelRecord> {
    return this.records.createModel(caller, body.name);
  }

  @Get(':id')
  one(@Caller() caller: User, @Param('id') id: string): Promise<ModelRecord> {
    return this.records.model(caller, id);
  }

  @Patch(':id')
  update(
    @Caller() caller: User,
    @Param('id') id: string,
    @Body() body: UpdateModelDto,
  ): Promise<ModelRecord> {
    return this.records.updateModel(caller, id, body);
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@Caller() caller: User, @Param('id') id: string): Promise<void> {
    return this.records.deleteModel(caller, id);
  }
}
