import type { Random } from './random';

/** A number of a part that the hub has confirmed. */
export interface Confirmed {
  readonly key: string;
  readonly n: number;
  /** Epoch ms of the confirmation. */
  readonly at: number;
}

export interface Load {
  readonly confirmed: readonly Confirmed[];
  /** Requests without a confirmation: refused, cut off or not answered. */
  failures(): number;
  /** Copies of what was confirmed before that the hub took for new: there should be none. */
  copiesTaken(): number;
  /** Sends on until what is in hand is confirmed. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Addresses of the door of every hub. */
  readonly doors: readonly string[];
  readonly random: Random;
  readonly clients: number;
  /** Parts of one client. */
  readonly keys: number;
  /** Pause of a client after a confirmation, in ms. */
  readonly pauseMs: number;
}

/** In so many cases a client sends again what was confirmed long ago. */
const copies = 0.05;

/** Clients that send 1, 2, 3 … of their parts: the next number only when the one before it was confirmed. */
export function startLoad({ doors, random, clients, keys, pauseMs }: LoadOptions): Load {
  const confirmed: Confirmed[] = [];
  let failures = 0;
  let copiesTaken = 0;
  let stopping = false;

  async function client(number: number): Promise<void> {
    const last = new Map<string, number>();
    while (!stopping) {
      const key = `part-${number * keys + Math.floor(random() * keys)}`;
      const n = (last.get(key) ?? 0) + 1;
      await send(key, n);
      last.set(key, n);
      confirmed.push({ key, n, at: Date.now() });
      if (random() < copies && n > 1 && !(await send(key, n - 1))) copiesTaken++;
      await sleep(random() * 2 * pauseMs);
    }
  }

  /** Sends until it is confirmed; whether it was known as a duplicate. */
  async function send(key: string, n: number): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      const door = doors[(n + tries) % doors.length]!;
      const answer = await post(`${door}/intake/source`, revision(key, n));
      if (answer?.accepted[0]) return answer.accepted[0].duplicate;
      failures++;
      await sleep(20 + random() * 80);
    }
  }

  const running = Array.from({ length: clients }, (_, number) => client(number));
  return {
    confirmed,
    failures: () => failures,
    copiesTaken: () => copiesTaken,
    async stop() {
      stopping = true;
      await Promise.all(running);
    },
  };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Answer {
  readonly accepted: readonly [{ readonly duplicate: boolean }];
}

async function post(url: string, body: unknown): Promise<Answer | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(3000),
    });
    return answer.status === 202 ? ((await answer.json()) as Answer) : void (await answer.text());
  } catch {
    return undefined;
  }
}

function revision(key: string, n: number) {
  return {
    changeNotice: { id: `${key}/${n}` },
    product: { number: key, revision: String(n), description: 'sent under load', plant: 'load' },
    bom: [],
    processPlan: { operations: [{ number: '0010' }] },
  };
}
