import { execFileSync } from 'node:child_process';
import { XMLParser } from 'fast-xml-parser';
import { readB2mml, streamB2mml, writeB2mml } from './b2mml';
import type { OpSegmentRequirement } from './generated/types';
import { streamJson } from './json-stream';
import type { Message } from './message';
import { bareValidator } from './testing/bare-ajv';
import { order } from './testing/messages';
import { messageSchema, transactionOf, validateMessage } from './validate';

export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly ratio?: number;
  /** What the ratio is to. */
  readonly against?: string;
  /** The most that the ratio, or without one the value, is to be. */
  readonly target?: number;
}

/** An order of about so many bytes of XML. */
function orderOf(bytes: number): Message {
  const message = order();
  const request = message.items[0]!.operationsRequest[0]!;
  const segment = request.segmentRequirement[0]!;
  const count = Math.max(1, Math.round(bytes / 900));
  request.segmentRequirement = Array.from(
    { length: count },
    (_, index): OpSegmentRequirement => ({
      ...structuredClone(segment),
      id: String(index).padStart(4, '0'),
    }),
  );
  return message as Message;
}

/** CPU milliseconds of each way of doing it, as medians of rounds in which all ways take turns. */
function compare<Name extends string>(
  rounds: number,
  ways: Readonly<Record<Name, () => unknown>>,
): Record<Name, number> {
  const names = Object.keys(ways) as Name[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -Math.ceil(rounds / 5); round < rounds; round++) {
    for (const name of names) {
      const before = process.cpuUsage();
      ways[name]();
      const { user, system } = process.cpuUsage(before);
      // The first rounds warm up.
      if (round >= 0) times.get(name)!.push((user + system) / 1_000);
    }
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
  return Object.fromEntries(names.map((name) => [name, median(times.get(name)!)])) as Record<Name, number>;
}

const rounded = (value: number) => Math.round(value * 1_000) / 1_000;

function rowsFor(label: string, bytes: number, rounds: number): BenchRow[] {
  const message = orderOf(bytes);
  const xml = writeB2mml(message);
  const bareXml = new XMLParser({
    ignoreAttributes: false,
    parseTagValue: false,
    parseAttributeValue: false,
  });
  const bare = bareValidator(messageSchema(transactionOf(message.verb, message.noun)!));
  const times = compare(rounds, {
    parse: () => bareXml.parse(xml),
    read: () => readB2mml(xml),
    whole: () => {
      const read = readB2mml(xml).message;
      validateMessage(read);
      return JSON.stringify(read);
    },
    write: () => writeB2mml(message),
  });
  // By themselves: next to parsers, which leave garbage behind, short work pays for others.
  const repeated = (work: () => unknown) => () => {
    for (let count = 0; count * bytes < 1_000_000; count++) work();
  };
  const checks = compare(rounds * 3, {
    ajv: repeated(() => bare(message)),
    validate: repeated(() => validateMessage(message)),
  });
  const against = 'fast-xml-parser parsing alone';
  const ms = (value: number) => ({ value: rounded(value), unit: 'ms CPU' });
  return [
    { name: `read ${label}`, ...ms(times.read), ratio: rounded(times.read / times.parse), against },
    {
      name: `read, validate, to JSON ${label}`,
      ...ms(times.whole),
      ratio: rounded(times.whole / times.parse),
      against,
      target: 1,
    },
    {
      name: `validate ${label}`,
      ...ms(checks.validate / Math.ceil(1_000_000 / bytes)),
      ratio: rounded(checks.validate / checks.ajv),
      against: 'bare ajv',
      target: 1.2,
    },
    {
      name: `validate and write ${label}`,
      ...ms(times.write),
      ratio: rounded(times.write / times.parse),
      against,
    },
  ];
}

/** A definition of about 50 MB as XML, in pieces, which is never in memory as a whole. */
async function* largeDefinition(): AsyncGenerator<string> {
  yield '<SyncOperationsDefinition xmlns="http://www.mesa.org/xml/B2MML" releaseID=""><ApplicationArea><CreationDateTime>2026-01-01T00:00:00Z</CreationDateTime></ApplicationArea><DataArea><Sync/><OperationsDefinition><ID>P</ID>';
  const segment =
    '<MaterialSpecification><ID>1</ID><MaterialDefinitionID>BODY-50</MaterialDefinitionID><MaterialUse>Consumed</MaterialUse><Quantity><QuantityString>2</QuantityString><DataType>decimal</DataType><UnitOfMeasure>PCE</UnitOfMeasure></Quantity></MaterialSpecification>';
  for (let index = 0; index < 170_000; index += 200) {
    const ids = Array.from({ length: 200 }, (_, offset) => index + offset);
    yield ids.map((id) => `<OperationsSegment><ID>${id}</ID>${segment}</OperationsSegment>`).join('\n');
  }
  yield '</OperationsDefinition></DataArea></SyncOperationsDefinition>';
}

/** The same as JSON. */
async function* largeMessage(): AsyncGenerator<string> {
  const line = {
    id: '1',
    materialDefinitionId: ['BODY-50'],
    materialUse: 'Consumed',
    quantity: [{ quantityString: '2', dataType: 'decimal', unitOfMeasure: 'PCE' }],
  };
  yield '{"verb":"Sync","noun":"OperationsDefinition","applicationArea":{"creationDateTime":"2026-01-01T00:00:00Z"},"items":[{"id":"P","operationsSegment":[';
  for (let index = 0; index < 290_000; index += 200) {
    const segments = Array.from({ length: 200 }, (_, offset) => ({
      id: String(index + offset),
      materialSpecification: [line],
    }));
    yield `${index === 0 ? '' : ','}${JSON.stringify(segments).slice(1, -1)}`;
  }
  yield ']}]}';
}

const each = 'items.operationsSegment';
const streams = {
  xml: () => streamB2mml(largeDefinition(), { each }),
  json: () => streamJson(largeMessage(), { each }),
};
type Form = keyof typeof streams;

/** Peak of memory while 50 MB are read part by part. For a process of its own: others have left their traces in this. */
async function measureMemory(form: Form): Promise<void> {
  let peak = 0;
  let count = 0;
  for await (const _ of streams[form]()) {
    if (++count % 1_000 === 0) peak = Math.max(peak, process.memoryUsage.rss());
  }
  process.stdout.write(String(Math.round(peak / 1_000_000)));
}

function memoryRow(form: Form): BenchRow {
  const megabytes = Number(execFileSync(process.execPath, [__filename, '--memory', form]).toString());
  const name = `memory while 50 MB of ${form.toUpperCase()} are read part by part`;
  return { name, value: megabytes, unit: 'MB', target: 300 };
}

/**
 * What the model costs, as ratios within one run: the machine cancels out. Takes about a minute.
 */
export function benchModel(): BenchRow[] {
  return [
    ...rowsFor('10 KB', 10_000, 300),
    ...rowsFor('1 MB', 1_000_000, 9),
    ...rowsFor('50 MB', 50_000_000, 1),
    memoryRow('xml'),
    memoryRow('json'),
  ];
}

if (require.main === module) {
  if (process.argv.includes('--memory')) void measureMemory(process.argv.includes('json') ? 'json' : 'xml');
  else for (const row of benchModel()) console.log(JSON.stringify(row));
}
