import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { Duration, IANAZone } from 'luxon';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { HubError, type Issue } from '../model/errors';
import type { Verb } from '../model/message';
import { packageRoot } from '../model/paths';
import type { RetrySettings } from './flow/retry';
import type { IdentityRule } from './identity/rules';
import schema from './project.schema.json';

/** How one type of record of a system becomes canonical. */
export interface Read {
  readonly map: string;
  /** Whether the message replaces the object or merges into it. Default: by verb, Change merges. */
  readonly apply?: 'replace' | 'merge';
  /**
   * Which of two messages counts that replace an object: the one that came later (`arrival`, the default), or the one
   * that its sender says it made later (`sender`).
   */
  readonly order?: 'arrival' | 'sender';
  /** The record waits until these objects are known; `definition`: the operations definition that an order names. */
  readonly needs?: 'definition' | readonly Need[];
  /** It waits no longer than this, and is parked then. */
  readonly waitAtMostMs?: number;
}

/** Objects of a noun that an item must not come before: their ids stand at the path, as in `operationsResponse[].operationsRequestId`. */
export interface Need {
  readonly noun: string;
  readonly id: string;
}

export interface SystemConfig {
  readonly adapter: string;
  readonly equipment: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly reads: Readonly<Record<string, readonly Read[]>>;
  readonly whenRefused: 'block' | 'continue';
  /** For so long the same content without a mark of its sender counts as a repetition. Absent: for as long as it is the last of its key. */
  readonly duplicatesWithinMs?: number;
  /** Pauses between tries, and after how many of them a delivery is parked. */
  readonly retry?: Partial<RetrySettings>;
  /** So many of its keys one process sends to at the same time. */
  readonly parallel?: number;
  /** Deliveries a second at most, over all processes. */
  readonly rate?: number;
  readonly kit: Readonly<Record<string, unknown>>;
}

export interface Route {
  readonly system: string;
  readonly map: string;
}

export interface FlowTarget extends Route {
  readonly verb?: Verb | { readonly first: Verb; readonly then: Verb };
  readonly urgent?: boolean;
}

export interface Flow {
  readonly name: string;
  readonly on: {
    readonly noun: string;
    readonly verbs?: readonly string[];
    readonly from?: readonly string[];
  };
  readonly to: readonly FlowTarget[];
  /** Only the latest state of an object counts: what still waits when a later one comes is not sent. */
  readonly latest?: boolean;
  /** What could not be sent within this time is parked instead. */
  readonly deadlineMs?: number;
  /** What is sent when one of the receivers fails for good; see flow/compensate.ts. */
  readonly onFailure?: readonly (Route & { readonly verb: Verb })[];
}

/** How changes are taken into execution. Durations in ms. */
export interface ChangeConfig {
  /** The project's own rule file, in place of the hub's. */
  readonly rules?: string;
  readonly commands: Readonly<Record<string, Route>>;
  /** So often it is looked at what time has brought: deadlines, deferred decisions, commands without an answer. */
  readonly lookEveryMs: number;
  /** A command that is not answered for so long raises an alert. */
  readonly answerWithinMs: number;
  /** Orders done for longer are not looked at for new revisions. */
  readonly forgetDoneAfterMs: number;
}

/** An integrator's folder, read and checked. */
export interface Project {
  readonly dir: string;
  readonly plant: { readonly id: string; readonly name: string; readonly timeZone: string };
  readonly api: { readonly host: string; readonly port: number; readonly bodyLimitBytes: number };
  readonly systems: Readonly<Record<string, SystemConfig>>;
  readonly flows: readonly Flow[];
  readonly change: ChangeConfig;
  /** Differences in spelling that make no other id; the first rule that fits counts. */
  readonly identity: readonly IdentityRule[];
  /** Days after which bodies are compressed, after which they are dropped, and after which all of a message is. What is absent is kept for ever. */
  readonly retention: {
    readonly compressDays?: number;
    readonly bodiesDays?: number;
    readonly days?: number;
  };
  /** The door closes when so many rows wait, or so little is left on the disk of the data directory; how long a claim of a lane lasts. */
  readonly limits: { readonly waiting: number; readonly freeDiskMb: number; readonly leaseMs: number };
  /** In the Redis that REDIS_URL names: what the hub's keys begin with, and over how many queues a system's lanes are spread. */
  readonly redis: { readonly namespace: string; readonly queues: number };
  /** Folders of mappings: the hub's, then the project's own, which stand above them. */
  readonly mappingDirs: readonly string[];
}

/** An issue of the project's files, with its place. */
export interface ProjectIssue extends Issue {
  readonly file: string;
  readonly line: number;
}

/** In `from` of a flow: what the hub itself makes of an order, when execution has accepted a customer's change. */
const HUB = 'hub';

/** The hub's own port where the project names none. */
export const DEFAULT_PORT = 8095;
/** As long as a plant's traffic is kept while a receiver is away. */
const DEFAULT_WAIT = 'PT72H';
const DEFAULT_BODY_LIMIT = 10 * 1024 * 1024;

/**
 * Reads `hub.yaml` of a project folder. `${NAME}` and `${NAME:-default}` are taken from the environment.
 * Throws HubError HUB_BAD_PROJECT with all issues, each with its line.
 */
export function loadProject(dir: string, env: NodeJS.ProcessEnv = process.env): Project {
  const { project, issues } = readProject(dir, env);
  if (project && issues.length === 0) return project;
  const first = issues[0]!;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  throw new HubError('HUB_BAD_PROJECT', `${first.file}:${first.line}: ${first.message}${more}`, {
    at: `${first.file}:${first.line}`,
    value: first.value,
    issues,
  });
}

/** As loadProject, but hands back the issues instead of throwing: for `esperanto check`. */
export function readProject(
  dir: string,
  env: NodeJS.ProcessEnv = process.env,
): { project?: Project; issues: ProjectIssue[] } {
  const root = resolve(dir);
  const file = join(root, 'hub.yaml');
  if (!existsSync(file)) {
    return { issues: [issueAt(file, 1, 'missing', '', `there is no hub.yaml in ${root}`)] };
  }
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  if (document.errors.length > 0) {
    return {
      issues: document.errors.map((error) =>
        issueAt(file, lines.linePos(error.pos[0]).line, 'yaml', '', error.message.split('\n')[0]!),
      ),
    };
  }

  const missing: ProjectIssue[] = [];
  const raw: unknown = substitute(document.toJS() ?? {}, env, [], (path, name) =>
    missing.push(
      issueAt(
        file,
        lineOf(path),
        'environment',
        path.join('.'),
        `the environment variable ${name} is not set`,
        `\${${name}}`,
      ),
    ),
  );
  const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
  if (!validate(raw)) {
    const issues = (validate.errors ?? [])
      .filter((error) => error.keyword !== 'anyOf' && error.keyword !== 'propertyNames')
      .map((error) => {
        const path = error.instancePath
          .split('/')
          .slice(1)
          .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
        const extra = (error.params as { additionalProperty?: string }).additionalProperty;
        const where = extra === undefined ? path : [...path, extra];
        const text = extra === undefined ? error.message! : `'${extra}' is not known here`;
        return issueAt(
          file,
          lineOf(where),
          error.keyword,
          where.join('.'),
          `${where.join('.') || 'hub.yaml'}: ${text}`,
        );
      });
    return { issues: [...missing, ...issues] };
  }
  const project = toProject(root, raw as unknown as RawProject);
  return { project, issues: [...missing, ...crossCheck(project, file, lineOf)] };
}

function issueAt(
  file: string,
  line: number,
  rule: string,
  path: string,
  message: string,
  value?: unknown,
): ProjectIssue {
  return { file, line, rule, path, message, ...(value === undefined ? {} : { value }) };
}

type RawRead = Omit<Read, 'waitAtMostMs'> & { waitAtMost?: string };

interface RawProject {
  plant: { id: string; name?: string; timeZone: string };
  api?: { host?: string; port?: number; bodyLimitBytes?: number };
  systems: Record<
    string,
    Partial<Omit<SystemConfig, 'reads' | 'duplicatesWithinMs' | 'retry'>> & {
      adapter: string;
      duplicatesWithin?: string;
      retry?: { first?: string; longest?: string; giveUpAfter?: number };
      reads?: Record<string, string | string[] | RawRead>;
    }
  >;
  flows?: (Omit<Flow, 'deadlineMs'> & { deadline?: string })[];
  retention?: Project['retention'];
  limits?: Partial<Project['limits']>;
  redis?: Partial<Project['redis']>;
  identity?: IdentityRule[];
  change?: {
    rules?: string;
    commands?: Record<string, Route>;
    lookEvery?: string;
    answerWithin?: string;
    forgetDoneAfter?: string;
  };
}

const ms = (duration: string): number => Duration.fromISO(duration).toMillis();

function retryOf({
  first,
  longest,
  giveUpAfter,
}: NonNullable<RawProject['systems'][string]['retry']>): Partial<RetrySettings> {
  return {
    ...(first === undefined ? {} : { firstMs: ms(first) }),
    ...(longest === undefined ? {} : { longestMs: ms(longest) }),
    ...(giveUpAfter === undefined ? {} : { giveUpAfter }),
  };
}

function toProject(dir: string, raw: RawProject): Project {
  const read = ({ waitAtMost = DEFAULT_WAIT, ...rest }: RawRead): Read => ({
    ...rest,
    waitAtMostMs: ms(waitAtMost),
  });
  const reads = (given: string | string[] | RawRead): Read[] =>
    [given].flat().map((one) => read(typeof one === 'string' ? { map: one } : one));
  const systems = Object.entries(raw.systems).map(([name, system]): [string, SystemConfig] => [
    name,
    {
      adapter: system.adapter,
      equipment: system.equipment ?? [],
      settings: system.settings ?? {},
      reads: Object.fromEntries(
        Object.entries(system.reads ?? {}).map(([type, given]) => [type, reads(given)]),
      ),
      whenRefused: system.whenRefused ?? 'block',
      ...(system.parallel === undefined ? {} : { parallel: system.parallel }),
      ...(system.retry === undefined ? {} : { retry: retryOf(system.retry) }),
      ...(system.duplicatesWithin === undefined ? {} : { duplicatesWithinMs: ms(system.duplicatesWithin) }),
      kit: system.kit ?? {},
      ...(system.rate === undefined ? {} : { rate: system.rate }),
    },
  ]);
  const rules = raw.change?.rules;
  return {
    dir,
    plant: { name: raw.plant.id, ...raw.plant },
    api: {
      host: raw.api?.host ?? '127.0.0.1',
      port: raw.api?.port ?? DEFAULT_PORT,
      bodyLimitBytes: raw.api?.bodyLimitBytes ?? DEFAULT_BODY_LIMIT,
    },
    systems: Object.fromEntries(systems),
    flows: (raw.flows ?? []).map(({ deadline, ...flow }) => ({
      ...flow,
      ...(deadline === undefined ? {} : { deadlineMs: ms(deadline) }),
    })),
    change: {
      ...(rules === undefined ? {} : { rules: isAbsolute(rules) ? rules : join(dir, rules) }),
      commands: raw.change?.commands ?? {},
      lookEveryMs: ms(raw.change?.lookEvery ?? 'PT10S'),
      answerWithinMs: ms(raw.change?.answerWithin ?? 'PT15M'),
      forgetDoneAfterMs: ms(raw.change?.forgetDoneAfter ?? 'P30D'),
    },
    identity: raw.identity ?? [],
    retention: raw.retention ?? {},
    limits: { waiting: 1_000_000, freeDiskMb: 512, leaseMs: 30_000, ...raw.limits },
    redis: { namespace: `esperanto-${raw.plant.id}`, queues: 1, ...raw.redis },
    mappingDirs: [join(packageRoot, 'mappings'), join(dir, 'mappings')].filter((folder) =>
      existsSync(folder),
    ),
  };
}

/** What the schema cannot say: names that must exist elsewhere in the file. */
function crossCheck(
  project: Project,
  file: string,
  lineOf: (path: (string | number)[]) => number,
): ProjectIssue[] {
  const issues: ProjectIssue[] = [];
  const known = Object.keys(project.systems).join(', ');
  const needsSystem = (name: string, path: (string | number)[]) => {
    if (Object.hasOwn(project.systems, name)) return;
    issues.push(
      issueAt(
        file,
        lineOf(path),
        'unknown-system',
        path.join('.'),
        `there is no system '${name}' (known: ${known})`,
        name,
      ),
    );
  };
  if (!IANAZone.isValidZone(project.plant.timeZone)) {
    const path = ['plant', 'timeZone'];
    issues.push(
      issueAt(
        file,
        lineOf(path),
        'time-zone',
        path.join('.'),
        `'${project.plant.timeZone}' is not an IANA time zone`,
      ),
    );
  }
  for (const [n, flow] of project.flows.entries()) {
    for (const [at, name] of (flow.on.from ?? []).entries())
      if (name !== HUB) needsSystem(name, ['flows', n, 'on', 'from', at]);
    for (const [at, target] of flow.to.entries())
      needsSystem(target.system, ['flows', n, 'to', at, 'system']);
    for (const [at, target] of (flow.onFailure ?? []).entries())
      needsSystem(target.system, ['flows', n, 'onFailure', at, 'system']);
  }
  for (const [kind, route] of Object.entries(project.change.commands)) {
    needsSystem(route.system, ['change', 'commands', kind, 'system']);
  }
  for (const [n, { system }] of project.identity.entries())
    if (system !== undefined) needsSystem(system, ['identity', n, 'system']);
  return issues;
}

/** Replaces `${NAME}` and `${NAME:-default}` in every text of the tree. */
function substitute(
  value: unknown,
  env: NodeJS.ProcessEnv,
  path: (string | number)[],
  onMissing: (path: (string | number)[], name: string) => void,
): unknown {
  if (typeof value === 'string') {
    return value.replace(
      /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
      (_all, name: string, fallback?: string) => {
        const set = env[name] ?? fallback;
        if (set === undefined) onMissing(path, name);
        return set ?? '';
      },
    );
  }
  if (Array.isArray(value)) return value.map((entry, n) => substitute(entry, env, [...path, n], onMissing));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, substitute(entry, env, [...path, key], onMissing)]),
    );
  }
  return value;
}
