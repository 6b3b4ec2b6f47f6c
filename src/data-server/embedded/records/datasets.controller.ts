import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { Caller, CallerGuard } from '../users/caller.guard.js';
import type { User } from '../users/user.js';
import type { DatasetRecord } from './record.js';
import { CreateDatasetDto, UpdateDatasetDto } from './records.dto.js';
import { RecordsService } from './records.service.js';

@Controller('datasets')
@UseGuards(CallerGuard)
export class DatasetRecordsController {
  constructor(private readonly records: RecordsService) {}

  @Get()
  async list(@Caller() caller: User): Promise<{ datasets: DatasetRecord[] }> {
    return { datasets: await this.records.listDatasets(caller) };
  }

  @Post()
  create(@Caller() caller: User, @Body() body: CreateDatasetDto): Promise<DatasetRecord> {
    return this.records.createDataset(caller, body);
  }

  @Get(':id')
  one(@Caller() caller: User, @Param('id') id: string): Promise<DatasetRecord> {
    return this.records.dataset(caller, id);
  }

  @Patch(':id')
  update(
    @Caller() caller: User,
    @Param('id') id: string,
    @Body() body: UpdateDatasetDto,
  ): Promise<DatasetRecord> {
    return this.records.updateDataset(caller, id, body);
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@Caller() caller: User, @Param('id') id: string): Promise<void> {
    return this.records.deleteDataset(caller, id);
  }
}
