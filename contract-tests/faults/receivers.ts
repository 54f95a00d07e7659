import { type KitAnswer, type KitRequest, kitServer } from '../../adapters/transports/kit-server';

/** A receiver took a number of a part; a repetition that changes nothing is no effect. */
export interface Effect {
  readonly key: string;
  readonly n: number;
  /** Epoch ms. */
  readonly at: number;
}

export type Mood = 'well' | 'down' | 'busy' | 'silent' | 'slow';

export interface Receiver {
  readonly name: string;
  readonly url: string;
  readonly effects: readonly Effect[];
  /** Repetitions that had no effect. */
  repeats(): number;
  /** `silent`: does the work and loses the answer. `slow`: answers late. */
  provoke(mood: Mood): Promise<void>;
  stop(): Promise<void>;
}

const slowMs = 400;

/** Takes B2MML over SOAP, each BODID once, as a system that books does: what comes under a new BODID is booked again. */
export function ledger(): Promise<Receiver> {
  const seen = new Set<string>();
  return receiver('ledger', ({ method, text }, book) => {
    if (method === 'GET') return { status: 200, body: 'ledger' };
    const [bodId, key, n] = [/<BODID>([^<]+)/, /<ID>(part-\d+)/, /<Description>(\d+)/].map(
      (pattern) => pattern.exec(text)?.[1],
    );
    if (!bodId || !key || !n) return { status: 500, body: `not understood: ${text.slice(0, 2000)}` };
    if (seen.has(bodId)) book.again();
    else book.effect(key, Number(n));
    seen.add(bodId);
    return { status: 200, headers: { 'content-type': 'text/xml' }, body: emptyEnvelope };
  });
}

const emptyEnvelope =
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Taken/></s:Body></s:Envelope>';

/** Keeps one row a part, as a database table does: whatever comes takes the place of what was there, older or newer. */
export function rows(): Promise<Receiver> {
  const table = new Map<string, number>();
  return receiver('rows', ({ method, path, text }, book) => {
    if (method === 'GET') return { status: 200, body: path.startsWith('/api/') ? [] : {} };
    const [row] = JSON.parse(text) as [{ reference: string; remark: string }];
    const n = Number(row.remark);
    if (table.get(row.reference) === n) book.again();
    else book.effect(row.reference, n);
    table.set(row.reference, n);
    return { status: 201, body: [row] };
  });
}

interface Book {
  effect(key: string, n: number): void;
  again(): void;
}

async function receiver(
  name: string,
  take: (request: KitRequest, book: Book) => KitAnswer,
): Promise<Receiver> {
  const effects: Effect[] = [];
  let repeats = 0;
  let late = 0;
  const book: Book = {
    effect: (key, n) => effects.push({ key, n, at: Date.now() }),
    again: () => {
      repeats++;
    },
  };
  const server = await kitServer({
    async answer(request) {
      const answer = take(request, book);
      if (late > 0) await new Promise((resolve) => setTimeout(resolve, late));
      return answer;
    },
    refusal: { status: 400 },
  });
  return {
    name,
    url: server.url,
    effects,
    repeats: () => repeats,
    async provoke(mood) {
      late = mood === 'slow' ? slowMs : 0;
      await server.provoke(mood === 'slow' ? 'well' : mood);
    },
    stop: server.stop,
  };
}
