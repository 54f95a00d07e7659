import type { CodeTable } from './codes';
import type { OneWay } from './convert';
import type { Mapping } from './mapping';
import type { Frame, Run, Tree } from './run';

/** A rule, or all rules of one object, compiled: reads from the frame and sets members of `out`. */
export type RuleFunction = (frame: Frame, run: Run, out: Tree) => void;

/** What compiling a rule needs to know about its mapping and its place in it. */
export interface Scope {
  readonly mapping: Mapping;
  readonly direction: OneWay;
  readonly tables: ReadonlyMap<string, CodeTable>;
  /** Path of the object that these rules fill, within the output of their frame: `quantity[0].` */
  readonly prefix: string;
}
