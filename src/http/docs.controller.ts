import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Problem } from '../errors/problem.js';
import { DOCS_PAGE, DOCS_SCRIPT, renderErrorsPage } from './docs-pages.js';

const CONTRACT = new URL('../../openapi.yaml', import.meta.url);
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The files of the page, by the name they are asked for; nothing else can be asked for. */
const ASSETS: Readonly<Record<string, { file?: string; text?: string; type: string }>> = {
  'swagger-ui.css': { file: 'swagger-ui.css', type: 'text/css; charset=utf-8' },
  'swagger-ui-bundle.js': { file: 'swagger-ui-bundle.js', type: 'text/javascript; charset=utf-8' },
  'start.js': { text: DOCS_SCRIPT, type: 'text/javascript; charset=utf-8' },
};

/** Scripts from here only. Swagger UI sets style attributes, and its icons are data URLs. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The contract: as a file and as a page that needs nothing from elsewhere. */
@Controller()
export class DocsController {
  @Get('openapi.yaml')
  @Header('Content-Type', 'application/yaml; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  contract(): Promise<string> {
    return readFile(CONTRACT, 'utf8');
  }

  @Get('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  @Header('X-Content-Type-Options', 'nosniff')
  page(): string {
    return DOCS_PAGE;
  }

  @Get('docs/errors')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  @Header('X-Content-Type-Options', 'nosniff')
  errors(): string {
    return renderErrorsPage();
  }

  @Get('docs/assets/:name')
  async asset(@Param('name') name: string, @Res() response: Response): Promise<void> {
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (!asset) throw new Problem('not_found', 'The documentation has no such file.');
    const body = asset.file === undefined ? asset.text : await readFile(join(SWAGGER_UI, asset.file));
    response.setHeader('Content-Type', asset.type);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'public, max-age=3600');
    response.send(body);
  }
}
