import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

/** The parts of an OpenAPI document that are read here. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema?: { readonly type?: string | readonly string[] };
  /** Of a value that is sent as JSON. */
  readonly content?: { readonly 'application/json': { readonly schema: object } };
}
export interface MediaType {
  readonly schema?: object;
}
export interface Answer {
  readonly content?: Readonly<Record<string, MediaType>>;
  readonly headers?: Readonly<Record<string, { required?: boolean; schema: object }>>;
}
export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { required?: boolean; content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

/** An operation with the place where it was found. */
export interface FoundOperation {
  readonly template: string;
  readonly operation: Operation;
  readonly pathParameters: Readonly<Record<string, string>>;
}

type Json = Record<string, unknown>;

/** One contract file: finds operations and checks values against its schemas. */
export class Contract {
  /** The file as it lies in the repository. */
  readonly text: string;
  readonly #document: Json;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
  readonly #validators = new Map<object, ValidateFunction>();
  readonly #routes: readonly { template: string; pattern: RegExp; names: readonly string[] }[];

  constructor(readonly fileName: string) {
    const url = new URL(`../../${fileName}`, import.meta.url);
    this.text = readFileSync(url, 'utf8');
    this.#document = parse(this.text) as Json;
    formats.default(this.#ajv);
    this.#ajv.addSchema({ components: this.#document['components'] }, 'contract:');
    const templates = Object.keys(this.#document['paths'] as Json);
    // Fixed segments before parameters: /models/mine is not a model of the id "mine".
    this.#routes = templates
      .sort((a, b) => a.split('{').length - b.split('{').length)
      .map((template) => ({
        template,
        pattern: new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '([^/]+)')}$`),
        names: [...template.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!),
      }));
  }

  /** Every operation of the contract as `METHOD /path`. */
  operations(): string[] {
    return this.#routes.flatMap(({ template }) =>
      Object.keys(this.#paths()[template]!)
        .filter((method) => ['get', 'head', 'put', 'post', 'patch', 'delete'].includes(method))
        .map((method) => `${method.toUpperCase()} ${template}`),
    );
  }

  find(method: string, path: string): FoundOperation | undefined {
    for (const { template, pattern, names } of this.#routes) {
      const match = pattern.exec(path);
      const item = this.#paths()[template]!;
      const found = (item[method.toLowerCase()] ?? (method === 'HEAD' && item['get'])) as Json | undefined;
      if (!match || !found) continue;
      const shared = (item['parameters'] as object[] | undefined) ?? [];
      const own = (found['parameters'] as object[] | undefined) ?? [];
      const parameters = [...shared, ...own].map((parameter) => this.#follow(parameter) as Parameter);
      const responses = Object.fromEntries(
        Object.entries(found['responses'] as Record<string, object>).map(([status, answer]) => [
          status,
          this.#answer(answer),
        ]),
      );
      const pathParameters = Object.fromEntries(
        names.map((name, index) => [name, decodeURIComponent(match[index + 1]!)]),
      );
      const operation = { ...found, parameters, responses } as unknown as Operation;
      return { template, operation, pathParameters };
    }
    return undefined;
  }

  /** What is wrong with the value, one sentence each. */
  check(schema: object, value: unknown): string[] {
    let validate = this.#validators.get(schema);
    if (!validate) {
      validate = this.#ajv.compile(this.#absolute(schema));
      this.#validators.set(schema, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  }

  /** Against `components.schemas[name]`. */
  checkNamed(name: string, value: unknown): string[] {
    return this.check(this.#named(name), value);
  }

  /** The values of an enumeration in `components.schemas`. */
  enumOf(name: string): readonly string[] {
    return (this.#named(name) as { enum: string[] }).enum;
  }

  #named(name: string): object {
    const schema = (this.#document['components'] as { schemas: Record<string, object> }).schemas[name];
    if (!schema) throw new Error(`${this.fileName} has no schema ${name}`);
    return schema;
  }

  #paths(): Record<string, Json> {
    return this.#document['paths'] as Record<string, Json>;
  }

  #answer(answer: object): Answer {
    const followed = this.#follow(answer) as Answer;
    const headers = Object.fromEntries(
      Object.entries(followed.headers ?? {}).map(([name, header]) => [name, this.#follow(header)]),
    );
    return { ...followed, headers } as Answer;
  }

  #follow(node: object): object {
    const reference = (node as { $ref?: string }).$ref;
    if (reference === undefined) return node;
    let target: unknown = this.#document;
    for (const step of reference.replace(/^#\//, '').split('/')) target = (target as Json)[step];
    if (typeof target !== 'object' || target === null) throw new Error(`${this.fileName}: no ${reference}`);
    return this.#follow(target);
  }

  /** A schema from anywhere in the document refers to the registered components. */
  #absolute(schema: object): object {
    return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"contract:#/')) as object;
  }
}
