import { Controller, Get, Head, Headers, Param, Put, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CredentialHandoff } from '../auth/credential-handoff.js';
import { sendObject } from '../http/send-object.js';
import { ObjectStore } from '../storage/object-store.js';
import { datasetView } from './dataset-view.js';
import { ContentQuery, UploadQuery } from './datasets.dto.js';
import { DatasetsService } from './datasets.service.js';
import { ExportService } from './formats/export.service.js';
import { UploadService } from './upload/upload.service.js';
import { fileEnding } from './upload/upload-format.js';

/** What a caller with the data server's credentials may do with the content of a data set. */
@Controller('datasets')
export class DatasetsController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly datasets: DatasetsService,
    private readonly uploads: UploadService,
    private readonly store: ObjectStore,
    private readonly exports: ExportService,
  ) {}

  @Put(':id/content')
  async putContent(
    @Param('id') id: string,
    @Query() query: UploadQuery,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const record = await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'write' });
    const dataset = await this.uploads.upload(record, query, request);
    response.status(dataset.current.version === 1 ? 201 : 200);
    response.setHeader('ETag', `"${dataset.current.sha256}"`);
    if (dataset.current.version === 1) response.setHeader('Location', `/datasets/${dataset.id}`);
    return datasetView(dataset);
  }

  @Get(':id')
  async getDataset(@Param('id') id: string, @Headers('authorization') authorization: string | undefined) {
    await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'read' });
    return datasetView(await this.datasets.getDataset(id));
  }

  @Get(':id/content')
  async getContent(
    @Param('id') id: string,
    @Query() query: ContentQuery,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'read' });
    const found = await this.datasets.getVersion(id, query.version);
    if (query.format === 'csv' || query.format === 'parquet') {
      const options = { format: query.format, guardFormulas: query.guardFormulas === 'true' };
      await sendObject(this.store, request, response, await this.exports.export(found, options));
      return;
    }
    const suffix = fileEnding(found.format, found.dialect);
    await sendObject(this.store, request, response, {
      key: found.originalKey,
      fileName: found.fileName ?? `${found.dataset.name}${suffix}`,
      mediaType: found.mediaType,
      nBytes: found.nBytes,
      sha256: found.sha256,
    });
  }

  @Head(':id/content')
  headContent(
    @Param('id') id: string,
    @Query() query: ContentQuery,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.getContent(id, query, authorization, request, response);
  }
}
