import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Problem } from '../errors/problem.js';
import { ServiceTokens } from './service-tokens.js';

/** RFC 6750, section 2.1: the scheme is case-insensitive and the token has no spaces. */
const BEARER = /^bearer +(\S+)$/i;

/** Lets a request to the internal API in when it carries a service token. */
@Injectable()
export class ServiceTokenGuard implements CanActivate {
  constructor(private readonly tokens: ServiceTokens) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const authorization = http.getRequest<Request>().headers.authorization;
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token !== undefined && this.tokens.accepts(token)) return true;
    http.getResponse<Response>().setHeader('WWW-Authenticate', 'Bearer realm="trainyard-internal"');
    throw new Problem('unauthenticated', 'A valid service token is needed: Authorization: Bearer ….');
  }
}
