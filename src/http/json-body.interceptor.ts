import type { IncomingMessage } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { json, type Request, type Response } from 'express';
import type { Observable } from 'rxjs';
import { Problem } from '../errors/problem.js';
import { toProblem } from './to-problem.js';

const LIMIT_BYTES = 1024 * 1024;
/** A body of this size that takes longer is no slow line but a caller that keeps the connection for nothing. */
const TIMEOUT_MS = 30_000;
/** Their bodies are streamed to disk or read by the model's own reader. */
const READS_ITS_OWN_BODY =
  /^\/(?:datasets\/[^/]+\/(?:content|inspect|uploads(?:\/[^/]+)?)|models\/[^/]+\/(?:bundle|predict))\/?$/;

const OWN_BODY = 'ownBody';
/** For controllers and routes that read the body themselves, whatever its content type. */
export const ReadsOwnBody = () => SetMetadata(OWN_BODY, true);

/**
 * Reads JSON bodies of at most 1 MiB; refuses other content types instead of leaving them unread. An interceptor runs
 * after the guards: of a caller without credentials nothing is read, and nothing is said about its body.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  readonly #parse = json({ limit: LIMIT_BYTES, type: isJson });

  constructor(private readonly timeoutMs = TIMEOUT_MS) {}

  /** @throws Problem unsupported_media_type, payload_too_large, invalid_json, upload_incomplete */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const isOwn = [context.getHandler(), context.getClass()].some((place) =>
      Reflect.getMetadata(OWN_BODY, place),
    );
    if (!isOwn && !READS_ITS_OWN_BODY.test(request.path) && hasBody(request)) {
      if (!isJson(request)) {
        throw new Problem('unsupported_media_type', 'The body must be of type application/json.');
      }
      await this.#read(request, http.getResponse<Response>());
    }
    return next.handle();
  }

  #read(request: Request, response: Response): Promise<void> {
    return new Promise((resolve, reject) => {
      const seconds = this.timeoutMs / 1000;
      const late = () =>
        reject(new Problem('upload_incomplete', `The body did not come within ${seconds} s.`));
      const timer = setTimeout(late, this.timeoutMs);
      this.#parse(request, response, (error?: unknown) => {
        clearTimeout(timer);
        // A SyntaxError would be taken for a bad request by the framework, with the caller's text in its message.
        if (error === undefined) resolve();
        else reject(toProblem(error) ?? error);
      });
    });
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(headers['content-type'] ?? '');
}
