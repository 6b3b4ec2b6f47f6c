import { request } from 'undici';

export interface EasymlAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects.
  readonly body: any;
}

/** Speaks to Trainyard as EasyML's data server and app do: also a GET may have a JSON body. */
export async function easymlRequest(
  url: string,
  options: {
    readonly method?: 'GET' | 'POST' | 'HEAD' | undefined;
    readonly token?: string | undefined;
    readonly json?: string | object | undefined;
    readonly bytes?: string | Buffer | undefined;
  } = {},
): Promise<EasymlAnswer> {
  const { method = 'GET', token, json, bytes } = options;
  const answer = await request(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: json === undefined ? (bytes ?? null) : typeof json === 'string' ? json : JSON.stringify(json),
  });
  const content = Buffer.from(await answer.body.arrayBuffer());
  let body: unknown;
  try {
    body = JSON.parse(content.toString('utf8'));
  } catch {
    body = undefined;
  }
  return { status: answer.statusCode, headers: answer.headers, bytes: content, body };
}
