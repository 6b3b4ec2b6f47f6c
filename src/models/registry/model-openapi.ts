import type { JsonObject } from '../../learn/json.js';
import type { InputColumn, ModelSignature } from '../../learn/pipeline/signature.js';
import { textFromDate } from '../../learn/preprocessing/read-value.js';
import { foreignFormatOf } from '../imports/foreign-model.js';
import type { Model, ModelVersion } from '../model-types.js';

/**
 * An OpenAPI page of one model: its own columns with types, ranges and categories, and a request that it answers.
 * @param exampleRow a row that the version is known to predict
 */
export function modelOpenapi({ id, name }: Model, version: ModelVersion, exampleRow: JsonObject): JsonObject {
  const { signature } = version;
  return {
    openapi: '3.1.0',
    info: {
      title: name,
      version: String(version.version),
      description: `Predicts ${targetText(signature)} by ${version.algorithm}, version ${version.version} of the model.`,
    },
    security: [{ callerCredentials: [] }],
    paths: {
      [`/models/${id}/predict`]: {
        post: {
          operationId: 'predict',
          summary: `Predict ${targetText(signature)}`,
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['rows'],
                  properties: {
                    rows: { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/Row' } },
                  },
                },
                example: { rows: [exampleRow] },
              },
            },
          },
          responses: {
            200: {
              description: 'One prediction a row, in the order of the rows.',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Reply' } } },
            },
            default: {
              description: 'What is wrong, with row and column.',
              content: { 'application/problem+json': { schema: { type: 'object' } } },
            },
          },
        },
      },
    },
    components: {
      securitySchemes: {
        callerCredentials: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'What the data server takes: it decides who may predict.',
        },
      },
      schemas: {
        Row: {
          type: 'object',
          // A column may be null where it is nullable, but never absent.
          required: signature.inputs.map((input) => input.name),
          properties: Object.fromEntries(signature.inputs.map((input) => [input.name, inputSchema(input)])),
        },
        Prediction: predictionSchema(version),
        Reply: {
          type: 'object',
          required: ['modelId', 'modelVersion', 'predictions', 'warnings'],
          properties: {
            modelId: { const: id },
            modelVersion: { type: 'integer' },
            predictions: { type: 'array', items: { $ref: '#/components/schemas/Prediction' } },
            warnings: { type: 'array', items: { type: 'object' } },
          },
        },
      },
    },
  };
}

function targetText({ target }: ModelSignature): string {
  return target.name ?? 'the cluster of a row';
}

/** Ranges and categories are those of the training: others are answered too, with a warning or as the policy says. */
function inputSchema(input: InputColumn): JsonObject {
  const nothing = input.nullable ? ['null'] : [];
  switch (input.type) {
    case 'number':
      return {
        type: ['number', ...nothing],
        ...seen(input, String),
        ...(input.minimum === undefined ? {} : { 'x-minimum-seen': input.minimum }),
        ...(input.maximum === undefined ? {} : { 'x-maximum-seen': input.maximum }),
      };
    case 'date':
      return {
        type: ['string', ...nothing],
        description: ['ISO 8601, with or without a time of day.', seen(input, textFromDate).description]
          .filter((sentence) => sentence !== undefined)
          .join(' '),
      };
    case 'boolean':
      return { type: ['boolean', ...nothing] };
    default:
      return input.categories === undefined
        ? { type: ['string', ...nothing] }
        : { type: ['string', ...nothing], enum: [...input.categories, ...(input.nullable ? [null] : [])] };
  }
}

/** Nothing of a model that another program has trained. */
function seen(
  { minimum, maximum }: InputColumn,
  textOf: (value: number) => string,
): { description?: string } {
  if (minimum === undefined || maximum === undefined) return {};
  return { description: `Seen in training: ${textOf(minimum)} to ${textOf(maximum)}.` };
}

function predictionSchema({ algorithm, signature: { task, target } }: ModelVersion): JsonObject {
  if (task === 'regression') {
    const value = objectOf({ value: { type: 'number' } });
    const values = objectOf({ values: { type: 'array', items: { type: 'number' } } });
    return foreignFormatOf(algorithm) === undefined ? value : { oneOf: [value, values] };
  }
  if (task === 'clustering') return objectOf({ cluster: { type: 'integer', minimum: 0 } });
  const probability = { type: 'number', minimum: 0, maximum: 1 };
  const classes = target.classes ?? [];
  const properties = {
    label: { enum: [...classes] },
    probabilities: {
      type: 'object',
      properties: Object.fromEntries(classes.map((label) => [String(label), probability])),
    },
  };
  // Not every algorithm has probabilities.
  return { ...objectOf(properties), required: ['label'] };
}

function objectOf(properties: JsonObject): JsonObject {
  return { type: 'object', required: Object.keys(properties), properties };
}
