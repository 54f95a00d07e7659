import type { Issue } from '../../model/errors';
import type { Direction, MappingContext } from './mapping';
import { compileSteps, fieldOf, type Path, stepsText } from './paths';

/** An object or record while it is made or read, by name. */
export type Tree = Record<string, unknown>;

/** What one rule set, for people who look at a preview. */
export interface TraceEntry {
  /** `<mapping>:<line>` */
  readonly rule: string;
  /** Where the value went, and where it came from. */
  readonly set: string;
  readonly from: string;
  readonly value: unknown;
}

/** One application of a mapping to one record or item. */
export interface Run {
  /** How many values were set so far: tells whether an entry stayed empty. */
  sets: number;
  readonly root: unknown;
  readonly context: MappingContext;
  readonly direction: Exclude<Direction, 'both'>;
  readonly issues: Issue[];
  readonly envelope: Tree;
  /** Entries of a list by the text of one field, made once a run: joins stay linear. */
  readonly groups: Map<unknown, Map<unknown, Map<string, number[]>>>;
  readonly trace?: TraceEntry[];
}

/** The entry that rules work on, with its place in the source and in the output. */
export class Frame {
  constructor(
    readonly entry: unknown,
    /** The entry outside, for `^.`. */
    readonly parent: Frame | undefined,
    readonly list: Path | undefined,
    readonly index: number,
    /** The object outside in the output. */
    readonly outer: Frame | undefined,
    readonly target: string,
    readonly targetIndex: number,
    public joined: unknown,
  ) {}
}

export function rootFrame(entry: unknown): Frame {
  return new Frame(entry, undefined, undefined, 0, undefined, '', 0, undefined);
}

export type Reader = (frame: Frame, run: Run) => unknown;

export function compileReader(path: Path): Reader {
  const get = compileSteps(path.steps);
  const key = fieldOf(path);
  if (key !== undefined) {
    return ({ entry }) => (typeof entry === 'object' && entry !== null ? (entry as Tree)[key] : undefined);
  }
  if (path.scope === 'entry') return (frame) => get(frame.entry);
  if (path.scope === 'root') return (_frame, run) => get(run.root);
  if (path.scope === 'joined') return (frame) => get(frame.joined);
  if (path.scope === 'context') return (_frame, run) => get(run.context);
  return (frame) => get(ancestor(frame, path.up)?.entry);
}

function ancestor(frame: Frame, up: number): Frame | undefined {
  let at: Frame | undefined = frame;
  for (let n = 0; n < up; n++) at = at?.parent;
  return at;
}

/** The path as a person finds it in the record: `E1AFKOL.E1AFFLL[0].E1AFVOL[2].VORNR`. */
export function sourceText(path: Path, frame: Frame): string {
  const own = stepsText(path.steps);
  if (path.scope === 'context' || path.scope === 'joined') return path.text;
  if (path.scope === 'root') return own;
  const at = path.scope === 'parent' ? ancestor(frame, path.up) : frame;
  const before = at?.list && at.parent ? `${sourceText(at.list, at.parent)}[${at.index}]` : '';
  return before === '' || own === ''
    ? before || own || '.'
    : `${before}${own.startsWith('[') ? '' : '.'}${own}`;
}

/** The path in the output: `operationsRequest[0].segmentRequirement[2].id`. */
export function targetText(own: string, frame: Frame): string {
  if (!frame.outer) return own;
  return `${targetText(frame.target, frame.outer)}[${frame.targetIndex}]${own === '' ? '' : `.${own}`}`;
}
