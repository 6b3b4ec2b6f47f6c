import type { Contract, FoundOperation } from './contract.js';

export interface ContractRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; give a content-type in the headers. */
  readonly body?: string | Uint8Array | FormData | ReadableStream;
  /** The request breaks the contract on purpose: only the answer is checked. */
  readonly bad?: boolean;
}

export interface ContractResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The parsed body when it is JSON. Tests say what they expect of it. */
  // biome-ignore lint/suspicious/noExplicitAny: every access is checked by the contract and by the test's expectation.
  readonly body: any;
}

/** The traffic broke the contract. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
}

/** Calls over HTTP, and holds every request and every response against the contract. */
export class ContractClient {
  constructor(
    readonly baseUrl: string,
    readonly contract: Contract,
    readonly authorization?: string,
  ) {}

  /** The same service under other credentials. */
  as(authorization: string | undefined): ContractClient {
    return new ContractClient(this.baseUrl, this.contract, authorization);
  }

  get(path: string, request?: ContractRequest): Promise<ContractResponse> {
    return this.request('GET', path, request);
  }

  post(path: string, json?: unknown, request?: ContractRequest): Promise<ContractResponse> {
    return this.request('POST', path, { ...(json === undefined ? {} : { json }), ...request });
  }

  async request(method: string, path: string, request: ContractRequest = {}): Promise<ContractResponse> {
    const { response, found } = await this.#send(method, path, request);
    const bytes = Buffer.from(await response.arrayBuffer());
    const mediaType = mediaTypeOf(response.headers);
    const isJson = /[/+]json$/.test(mediaType) && bytes.length > 0;
    const body: unknown = isJson ? JSON.parse(bytes.toString('utf8')) : undefined;
    this.#checkBody(`${method} ${path}`, found, response, body, method === 'HEAD' || bytes.length === 0);
    return { status: response.status, headers: response.headers, bytes, body };
  }

  /** Server-sent events: the `data` of each, parsed and checked against a named schema. */
  async *events(path: string, schema: string): AsyncGenerator<Record<string, unknown>> {
    const { response } = await this.#send('GET', path, { headers: { accept: 'text/event-stream' } });
    if (response.status !== 200 || !response.body) {
      throw new ContractViolation(`GET ${path}: ${response.status} instead of events`);
    }
    let buffered = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      buffered += chunk;
      const blocks = buffered.split('\n\n');
      buffered = blocks.pop()!;
      for (const block of blocks) {
        const data = block
          .split('\n')
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).trim())
          .join('\n');
        if (data === '') continue;
        const value = JSON.parse(data) as Record<string, unknown>;
        refuse(`event of ${path}`, this.contract.checkNamed(schema, value));
        yield value;
      }
    }
  }

  async #send(method: string, path: string, request: ContractRequest) {
    const url = new URL(path, this.baseUrl);
    for (const [name, value] of Object.entries(request.query ?? {}))
      url.searchParams.set(name, String(value));
    const headers = new Headers(request.headers);
    if (this.authorization !== undefined && !headers.has('authorization')) {
      headers.set('authorization', this.authorization);
    }
    if (request.json !== undefined && !headers.has('content-type')) {
      headers.set('content-type', 'application/json');
    }
    const found = this.contract.find(method, url.pathname);
    if (request.bad !== true) this.#checkRequest(`${method} ${path}`, found, url, headers, request);
    const body = request.json === undefined ? (request.body ?? null) : JSON.stringify(request.json);
    const init = { method, headers, body, redirect: 'manual', duplex: 'half' } as RequestInit;
    const response = await fetch(url, init);
    this.#checkHead(`${method} ${path}`, found, response);
    return { response, found };
  }

  #checkRequest(
    what: string,
    found: FoundOperation | undefined,
    url: URL,
    headers: Headers,
    { json, body }: ContractRequest,
  ): void {
    if (!found) throw new ContractViolation(`${what}: not in ${this.contract.fileName}`);
    const { parameters = [], requestBody } = found.operation;
    const known = new Set(parameters.filter((one) => one.in === 'query').map((one) => one.name));
    for (const name of url.searchParams.keys()) {
      if (!known.has(name)) throw new ContractViolation(`${what}: query parameter ${name} is not documented`);
    }
    for (const parameter of parameters) {
      const sent =
        parameter.in === 'path'
          ? found.pathParameters[parameter.name]
          : parameter.in === 'query'
            ? url.searchParams.get(parameter.name)
            : headers.get(parameter.name);
      if (sent === null || sent === undefined) {
        if (parameter.required) throw new ContractViolation(`${what}: ${parameter.name} is required`);
        continue;
      }
      const { schema = {}, content } = parameter;
      const isNumber = schema.type === 'integer' || schema.type === 'number';
      const value = content !== undefined ? JSON.parse(sent) : isNumber ? Number(sent) : sent;
      const wanted = content?.['application/json'].schema ?? schema;
      refuse(`${what}: ${parameter.name}`, this.contract.check(wanted, value));
    }
    if (json === undefined && body === undefined) {
      if (requestBody?.required) throw new ContractViolation(`${what}: a body is required`);
      return;
    }
    if (body instanceof FormData) return;
    const mediaType = mediaTypeOf(headers);
    const documented = requestBody?.content[mediaType] ?? requestBody?.content['*/*'];
    if (!documented) throw new ContractViolation(`${what}: a body of ${mediaType} is not documented`);
    if (json !== undefined && documented.schema) refuse(what, this.contract.check(documented.schema, json));
  }

  #checkHead(what: string, found: FoundOperation | undefined, response: Response): void {
    if (!found) return;
    const answer = found.operation.responses[String(response.status)];
    if (!answer) throw new ContractViolation(`${what}: status ${response.status} is not documented`);
    for (const [name, { required, schema }] of Object.entries(answer.headers ?? {})) {
      const value = response.headers.get(name);
      if (value !== null) refuse(`${what}: ${response.status} ${name}`, this.contract.check(schema, value));
      else if (required) throw new ContractViolation(`${what}: ${response.status} lacks the header ${name}`);
    }
  }

  #checkBody(
    what: string,
    found: FoundOperation | undefined,
    response: Response,
    body: unknown,
    isEmpty: boolean,
  ): void {
    const place = `${what}: body of ${response.status}`;
    if (!found) {
      if (response.status >= 400) refuse(place, this.contract.checkNamed('Problem', body));
      return;
    }
    const content = found.operation.responses[String(response.status)]?.content;
    if (!content) {
      if (!isEmpty) throw new ContractViolation(`${place} should be empty`);
      return;
    }
    const mediaType = mediaTypeOf(response.headers);
    const documented = content[mediaType] ?? content['*/*'];
    if (!documented) throw new ContractViolation(`${place} is ${mediaType}, which is not documented`);
    if (!isEmpty && body !== undefined && documented.schema) {
      refuse(place, this.contract.check(documented.schema, body));
    }
  }
}

function mediaTypeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
}

function refuse(place: string, errors: readonly string[]): void {
  if (errors.length > 0) throw new ContractViolation(`${place}: ${errors.join('; ')}`);
}
