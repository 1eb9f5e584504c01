/** A client as the contract knows them: a browser with a cookie jar, or another program. */
export interface Client {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, headers?: Record<string, string>): Promise<Answer>;
  request(method: string, path: string, init?: { body?: unknown; headers?: Record<string, string> }): Promise<Answer>;
  /** The cookies a browser would send. May be changed. */
  cookies: Map<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON. @throws when it is none. */
  json: <Body = Record<string, unknown>>() => Body;
}

/** Sends what one of our pages would: same-origin metadata, the CSRF header, and its cookies. */
export function browser(url: string, headers: Record<string, string> = {}): Client {
  return client(url, {
    'Sec-Fetch-Site': 'same-origin',
    'Sec-Fetch-Mode': 'cors',
    Origin: url,
    'X-CSRF': '1',
    ...headers,
  });
}

/** Sends only what an HTTP library would. */
export function program(url: string, headers: Record<string, string> = {}): Client {
  return client(url, headers);
}

function client(url: string, defaults: Record<string, string>): Client {
  const cookies = new Map<string, string>();

  const request: Client['request'] = async (method, path, { body, headers = {} } = {}) => {
    const response = await fetch(new URL(path, url), {
      method,
      redirect: 'manual',
      headers: {
        ...defaults,
        ...(cookies.size > 0 && { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(isPlain(body) && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isPlain(body) ? JSON.stringify(body) : (body as string) }),
    });
    for (const cookie of response.headers.getSetCookie()) keep(cookies, cookie);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };

  return {
    cookies,
    request,
    get: (path, headers) => request('GET', path, { headers: headers ?? {} }),
    post: (path, body, headers) => request('POST', path, { body, headers: headers ?? {} }),
    put: (path, body, headers) => request('PUT', path, { body, headers: headers ?? {} }),
    patch: (path, body, headers) => request('PATCH', path, { body, headers: headers ?? {} }),
    delete: (path, headers) => request('DELETE', path, { headers: headers ?? {} }),
  };
}

/** Objects are sent as JSON; texts, bytes, forms and URLSearchParams as they are. */
function isPlain(body: unknown): boolean {
  if (body instanceof URLSearchParams || body instanceof Uint8Array || body instanceof FormData) return false;
  return typeof body === 'object' && body !== null;
}

function keep(cookies: Map<string, string>, header: string): void {
  const [pair = ''] = header.split(';');
  const [name = '', value = ''] = pair.split('=');
  if (value === '' || /expires=Thu, 01 Jan 1970/i.test(header)) cookies.delete(name);
  else cookies.set(name, value);
}
