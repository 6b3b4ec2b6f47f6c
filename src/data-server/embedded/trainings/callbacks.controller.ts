import type { IncomingHttpHeaders } from 'node:http';
import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { CallbackReceiver } from './callbacks.service.js';

@Controller('callbacks/trainyard')
export class CallbacksController {
  constructor(private readonly receiver: CallbackReceiver) {}

  @Post()
  @HttpCode(204)
  receive(@Headers() headers: IncomingHttpHeaders, @Body() rawBody: unknown): Promise<void> {
    return this.receiver.receive(headers, Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0));
  }
}
