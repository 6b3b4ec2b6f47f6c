import { problemJson } from '../../../http/write-problem.js';
import { JSON_CONTENT_TYPE, requireJsonType } from '../json-text.js';
import type { Protocol } from '../protocol.js';
import { NativeReplyWriter } from './native-reply.js';
import { readNativeRequest, readRowsAtOnce } from './native-request.js';

/** Ours: rows as objects, every class probability, warnings by row and column. */
export const nativeProtocol: Protocol = {
  name: 'native',
  waitsForModel: true,
  checkHeaders: requireJsonType,
  bind(facts) {
    const writer = new NativeReplyWriter(facts);
    const { rowReader } = facts;
    return {
      read: ({ body }, { maxRows }) =>
        readRowsAtOnce(body, rowReader, maxRows) ?? readNativeRequest(body, maxRows),
      readAtOnce: ({ body }, { maxRows }) => readRowsAtOnce(body, rowReader, maxRows),
      write: (result, request) => ({ body: writer.write(result, request), contentType: JSON_CONTENT_TYPE }),
    };
  },
  problem: problemJson,
};
