import { Controller, Param, Post, Req, UseFilters } from '@nestjs/common';
import type { Request } from 'express';
import type { DatasetFormat } from '../../datasets/ingest/ingest-types.js';
import { UploadService } from '../../datasets/upload/upload.service.js';
import { ReadsOwnBody } from '../../http/json-body.interceptor.js';
import { EasymlRecords } from '../data-server/records.js';
import { EXTENSIONS, pandasColumns } from '../pandas-columns.js';
import { isUnreadable, ReceivedTables } from '../received-table.js';
import { Callers } from '../wire/callers.js';
import { EasymlFilter } from '../wire/easyml.filter.js';
import { EasymlError, NOT_ALLOWED } from '../wire/easyml-error.js';

/** Takes the file of a data set. */
@Controller('upload')
@UseFilters(EasymlFilter)
@ReadsOwnBody()
export class EasymlUploadController {
  constructor(
    private readonly callers: Callers,
    private readonly records: EasymlRecords,
    private readonly tables: ReceivedTables,
    private readonly uploads: UploadService,
  ) {}

  @Post(':extension/:id')
  async upload(
    @Req() request: Request,
    @Param('extension') extension: string,
    @Param('id') id: string,
  ): Promise<object> {
    if (!/^\d+$/.test(id)) throw new EasymlError(404, 'Not found.');
    const userId = await this.callers.requireUser(request);
    const record = await this.records.dataset(id);
    if (record === undefined) throw new EasymlError(404, 'The data specified was not found.');
    if (record.ownerId !== userId) throw new EasymlError(403, NOT_ALLOWED);
    const format = (EXTENSIONS[record.type] ?? []).find((known) => known === extension);
    if (format === undefined) {
      throw new EasymlError(400, 'This data set type does not support this file extension.');
    }
    const { columns } = await this.#takeIn(request, record, format);
    return { type: record.type, columns: pandasColumns(columns, format) };
  }

  /** What cannot be read leaves the file that was there. */
  async #takeIn(
    request: Request,
    record: { id: string; ownerId: string; name: string; type: string },
    format: DatasetFormat,
  ) {
    try {
      const dataset = await this.tables.receive(request, format, (file) =>
        this.uploads.takeIn({ ...record, format }, { format }, file, 'application/octet-stream'),
      );
      return dataset.current;
    } catch (error) {
      throw isUnreadable(error) ? new EasymlError(415, `Invalid ${record.type} file`) : error;
    }
  }
}
