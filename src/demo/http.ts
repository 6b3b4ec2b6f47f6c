/** An answer that was not the expected one; carries the service's own problem text. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/** One user of one server: a base address and the credentials they hold. */
export class HttpUser {
  constructor(
    private readonly baseUrl: string,
    private readonly authorization?: string,
  ) {}

  /** The Authorization header that every request of this user carries. */
  get credentials(): string {
    return this.authorization ?? '';
  }

  /** The same user at another server: the credentials travel along. */
  at(baseUrl: string): HttpUser {
    return new HttpUser(baseUrl, this.authorization);
  }

  /** Sends JSON (or nothing) and gives the JSON of the answer; anything but a 2xx is an UnexpectedAnswer. */
  async json<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.send(method, path, {
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return (await response.json()) as Answer;
  }

  /** Sends a request with the user's credentials. */
  async send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.authorization !== undefined) headers.set('authorization', this.authorization);
    const response = await fetch(new URL(path, this.baseUrl), { ...init, method, headers });
    if (!response.ok) {
      throw new UnexpectedAnswer(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    }
    return response;
  }
}
