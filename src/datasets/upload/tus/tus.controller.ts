import {
  Controller,
  Delete,
  Head,
  Headers,
  Options,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { CredentialHandoff } from '../../../auth/credential-handoff.js';
import { Settings } from '../../../config/settings-type.js';
import { Problem } from '../../../errors/problem.js';
import { UploadQuery } from '../../datasets.dto.js';
import type { ResumableUpload } from './resumable-upload.js';
import { TusService } from './tus.service.js';
import { PART_TYPE, requireTus, TUS_CHECKSUMS, TUS_EXTENSIONS, TUS_VERSION } from './tus-headers.js';

/** tus 1.0.0, under the caller's credentials at every request. */
@Controller('datasets/:id/uploads')
export class TusController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly settings: Settings,
    private readonly uploads: TusService,
  ) {}

  @Options()
  options(@Res() response: Response): void {
    response.setHeader('Tus-Resumable', TUS_VERSION);
    response.setHeader('Tus-Version', TUS_VERSION);
    response.setHeader('Tus-Extension', TUS_EXTENSIONS);
    response.setHeader('Tus-Max-Size', this.settings.uploadMaxBytes);
    response.setHeader('Tus-Checksum-Algorithm', TUS_CHECKSUMS.join(','));
    response.status(204).end();
  }

  @Post()
  async create(
    @Param('id') id: string,
    @Query() query: UploadQuery,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const record = await this.#enter(id, authorization, request, response);
    let upload = await this.uploads.create(record, query, request);
    response.setHeader('Location', `/datasets/${id}/uploads/${upload.id}`);
    const isFirstPart = request.headers['content-type'] === PART_TYPE;
    if (isFirstPart) upload = await this.uploads.appendFirst(record, upload, request);
    describe(response, upload);
    response.status(201).end();
  }

  @Head(':uploadId')
  async find(
    @Param('id') id: string,
    @Param('uploadId') uploadId: string,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.#enter(id, authorization, request, response);
    describe(response, await this.uploads.find(id, uploadId));
    response.setHeader('Cache-Control', 'no-store');
    response.status(200).end();
  }

  @Patch(':uploadId')
  async append(
    @Param('id') id: string,
    @Param('uploadId') uploadId: string,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const record = await this.#enter(id, authorization, request, response);
    if (request.headers['content-type'] !== PART_TYPE) {
      throw new Problem('unsupported_media_type', `The content type of a part is ${PART_TYPE}.`);
    }
    describe(response, await this.uploads.append(record, uploadId, request));
    response.status(204).end();
  }

  @Delete(':uploadId')
  async terminate(
    @Param('id') id: string,
    @Param('uploadId') uploadId: string,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.#enter(id, authorization, request, response);
    await this.uploads.terminate(id, uploadId);
    response.status(204).end();
  }

  async #enter(id: string, authorization: string | undefined, request: Request, response: Response) {
    response.setHeader('Tus-Resumable', TUS_VERSION);
    const record = await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'write' });
    try {
      requireTus(request.headers);
    } catch (error) {
      response.setHeader('Tus-Version', TUS_VERSION);
      throw error;
    }
    return record;
  }
}

function describe(response: Response, upload: ResumableUpload): void {
  response.setHeader('Upload-Offset', upload.nReceived);
  response.setHeader('Upload-Length', upload.nBytes);
  response.setHeader('Upload-Expires', upload.expiresAt.toUTCString());
  if (upload.completedVersion !== null) response.setHeader('Dataset-Version', upload.completedVersion);
}
