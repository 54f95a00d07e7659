import { type ErrorCode, errorCodes, type FailureDetail, HubError } from '../model/errors';

/** The hub's public interface as a program outside sees it: REST for reads, GraphQL for decisions. */
export interface HubClient {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  text(path: string): Promise<string>;
  post<T>(path: string, body: unknown): Promise<T>;
  delete<T>(path: string): Promise<T>;
  graphql<T>(query: string, variables?: Record<string, unknown>): Promise<T>;
}

export function hubClient(url: string): HubClient {
  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await fetch(url + path, init).catch((cause: unknown) => {
      throw new HubError('HUB_UNREACHABLE', `no hub answers at ${url}`, {
        value: url,
        todo: 'Start it (esperanto start), or name its address with --hub or in ESPERANTO_HUB.',
        cause,
      });
    });
    if (answer.ok) return answer;
    throw failureIn(await answer.text(), `${init.method ?? 'GET'} ${path} answered ${answer.status}`);
  }
  const json = (body: unknown): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return {
    url,
    get: async <T>(path: string) => (await (await call(path)).json()) as T,
    text: async (path) => (await call(path)).text(),
    post: async <T>(path: string, body: unknown) => (await (await call(path, json(body))).json()) as T,
    delete: async <T>(path: string) => (await (await call(path, { method: 'DELETE' })).json()) as T,
    async graphql<T>(query: string, variables: Record<string, unknown> = {}) {
      const answer = (await (await call('/graphql', json({ query, variables }))).json()) as {
        data?: T;
        errors?: { message: string }[];
      };
      if (answer.errors?.length)
        throw new HubError('HUB_BUG', answer.errors.map(({ message }) => message).join('; '));
      return answer.data!;
    },
  };
}

/** What the hub answered instead, as the failure it told. */
function failureIn(text: string, what: string): HubError {
  try {
    const { code, message, ...detail } = JSON.parse(text) as FailureDetail & {
      code: ErrorCode;
      message: string;
    };
    if (Object.hasOwn(errorCodes, code)) return new HubError(code, message, detail);
  } catch {
    // Something other than the hub stands there.
  }
  return new HubError('HUB_BUG', `${what}: ${text.slice(0, 500)}`);
}

/**
 * Asks until the answer is good, every 40 ms. Errors while asking count as "not yet": the hub may be restarting.
 * Throws with the last answer when `timeoutMs` has passed.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  good: (answer: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const answer = await ask();
      if (good(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (Date.now() > end) {
      const seen = JSON.stringify(last) ?? String(last);
      throw new HubError('HUB_NO_ANSWER', `waited ${timeoutMs / 1000} s in vain for: ${what}`, {
        value: seen.slice(0, 6000),
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}
