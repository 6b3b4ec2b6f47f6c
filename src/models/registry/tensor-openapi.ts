import type { JsonObject } from '../../learn/json.js';
import type { Model, ModelVersion } from '../model-types.js';

/** A row of a model that has no columns. */
export interface ExampleTensor {
  readonly name: string;
  /** Of one row. */
  readonly rowShape: readonly number[];
  readonly values: readonly number[];
}

/** An OpenAPI page of a model whose rows are tensors: the route of the Open Inference Protocol, and a request that it answers. */
export function tensorOpenapi(
  { id, name }: Model,
  version: ModelVersion,
  { name: input, rowShape, values }: ExampleTensor,
): JsonObject {
  const shape = [1, ...rowShape];
  const tensor: JsonObject = { name: input, shape, datatype: 'FP32', data: [...values] };
  const item = { type: 'integer', minimum: 1 };
  return {
    openapi: '3.1.0',
    info: {
      title: name,
      version: String(version.version),
      description: `Predicts ${version.signature.target.name ?? 'the cluster of a row'} by ${version.algorithm}, version ${version.version} of the model. A row is a tensor of the shape [${rowShape.join(', ')}].`,
    },
    security: [{ callerCredentials: [] }],
    paths: {
      [`/v2/models/${id}/infer`]: {
        post: {
          operationId: 'infer',
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: { $ref: '#/components/schemas/Request' },
                example: { inputs: [tensor] },
              },
            },
          },
          responses: {
            200: {
              description: 'The tensors predict and, where the model has probabilities, predict_proba.',
              content: { 'application/json': { schema: { type: 'object', required: ['outputs'] } } },
            },
            default: {
              description: 'What is wrong.',
              content: { 'application/json': { schema: { type: 'object', required: ['error'] } } },
            },
          },
        },
      },
    },
    components: {
      securitySchemes: {
        callerCredentials: { type: 'apiKey', in: 'header', name: 'Authorization' },
      },
      schemas: {
        Request: {
          type: 'object',
          required: ['inputs'],
          properties: {
            inputs: {
              type: 'array',
              minItems: 1,
              maxItems: 1,
              items: {
                type: 'object',
                required: ['name', 'shape', 'datatype', 'data'],
                properties: {
                  name: { const: input },
                  shape: {
                    type: 'array',
                    description: 'The number of rows, then the shape of one.',
                    prefixItems: [item, ...rowShape.map((size) => ({ const: size }))],
                    minItems: shape.length,
                    maxItems: shape.length,
                  },
                  datatype: { type: 'string' },
                  data: { type: 'array' },
                },
              },
            },
          },
        },
      },
    },
  };
}
