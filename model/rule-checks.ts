import { below, type IssueList } from './explain';
import { compareTimes } from './formats';
import { assemblies, bills, numberForms, numericTexts, periods, references } from './rules';

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const nodesOf = (value: unknown): readonly Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string');

export interface RuleOptions {
  /** Whether the message carries whole objects, so that what they refer to must be there. */
  readonly whole: boolean;
}

/** Holds the objects of one message against the rules above the schema. What does not fit the schema is passed over. */
export function checkRules(
  noun: string,
  items: readonly unknown[],
  at: string,
  options: RuleOptions,
  found: IssueList,
): void {
  const edges: Edges = new Map(assemblies.map((list) => [list, []]));
  items.forEach((item, index) => {
    if (isNode(item)) walk(item, at === '' ? '' : below(at, index), options, edges, found);
  });
  for (const [list, own] of edges) reportCycle(own, `holds itself through ${list}`, found);
  if (noun === bills.noun) reportCycle(billEdges(nodesOf(items), at), 'is made from itself', found);
}

function walk(node: Node, path: string, options: RuleOptions, edges: Edges, found: IssueList): void {
  if (found.isFull) return;
  checkPeriods(node, path, found);
  checkNumbers(node, path, found);
  if (options.whole) checkReferences(node, path, found);
  for (const [property, member] of Object.entries(node)) {
    if (typeof member !== 'object' || member === null || property.startsWith('_')) continue;
    const here = below(path, property);
    const list = edges.get(property);
    (Array.isArray(member) ? member : [member]).forEach((each, index) => {
      if (!isNode(each)) return;
      const place = Array.isArray(member) ? below(here, index) : here;
      if (typeof node.id === 'string' && typeof each.id === 'string') {
        list?.push({ from: node.id, to: each.id, path: below(place, 'id') });
      }
      walk(each, place, options, edges, found);
    });
  }
}

function checkPeriods(node: Node, path: string, found: IssueList): void {
  for (const [start, end] of periods) {
    const [from, to] = [node[start], node[end]];
    if (typeof from !== 'string' || typeof to !== 'string') continue;
    if ((compareTimes(to, from) ?? 0) < 0) {
      found.add('end-not-before-start', below(path, end), `is before ${start} (${from})`, to);
    }
  }
}

function checkNumbers(node: Node, path: string, found: IssueList): void {
  for (const { text, emptyMeansNone } of numericTexts) {
    const [value, dataType] = [node[text], node.dataType];
    if (typeof value !== 'string' || typeof dataType !== 'string' || (value === '' && emptyMeansNone))
      continue;
    const form = numberForms.get(dataType);
    if (form !== undefined && !form.test(value.trim())) {
      found.add('number', below(path, text), `is no ${dataType}`, value);
    }
  }
}

function checkReferences(node: Node, path: string, found: IssueList): void {
  for (const { list, from, at } of references) {
    if (node[from] === undefined || node[list] === undefined) continue;
    const ids = new Set(nodesOf(node[list]).flatMap(({ id }) => textsOf(id)));
    nodesOf(node[from]).forEach((entry, index) => {
      for (const { path: place, text } of textsAt(entry, at, below(below(path, from), index))) {
        if (!ids.has(text)) found.add('reference', place, `names no entry of ${list}`, text);
      }
    });
  }
}

/** The texts under a property path, with every list on the way opened. */
function textsAt(node: Node, at: readonly string[], path: string): { path: string; text: string }[] {
  const [property = '', ...rest] = at;
  const value = node[property];
  const here = below(path, property);
  if (rest.length === 0) {
    if (typeof value === 'string') return [{ path: here, text: value }];
    return textsOf(value).map((text, index) => ({ path: below(here, index), text }));
  }
  return nodesOf(value).flatMap((each, index) => textsAt(each, rest, below(here, index)));
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly path: string;
}

type Edges = Map<string, Edge[]>;

/** From the product of each definition to each material that it consumes. */
function billEdges(definitions: readonly Node[], at: string): Edge[] {
  return definitions.flatMap((definition, index) => {
    const lines = nodesOf(definition[bills.segments]).flatMap((segment, segmentIndex) =>
      nodesOf(segment[bills.lines]).map((line, lineIndex) => ({
        line,
        path: `${below(at, index)}.${bills.segments}[${segmentIndex}].${bills.lines}[${lineIndex}]`,
      })),
    );
    const materials = (uses: ReadonlySet<string>) =>
      lines.filter(({ line }) => uses.has(String(line.materialUse)));
    const produced = materials(bills.produced).flatMap(({ line }) => textsOf(line.materialDefinitionId));
    const products = produced.length > 0 ? produced : textsOf(definition.id);
    return products.flatMap((from) =>
      materials(bills.consumed).flatMap(({ line, path }) =>
        textsOf(line.materialDefinitionId).map((to) => ({ from, to, path: `${path}.materialDefinitionId` })),
      ),
    );
  });
}

/** Reports the first edge that closes a circle. Without recursion: structures may be deep. */
function reportCycle(edges: readonly Edge[], message: string, found: IssueList): void {
  const outgoing = new Map<string, Edge[]>();
  for (const edge of edges) {
    const known = outgoing.get(edge.from);
    if (known === undefined) outgoing.set(edge.from, [edge]);
    else known.push(edge);
  }
  const finished = new Set<string>();
  for (const start of outgoing.keys()) {
    const open = new Map<string, number>([[start, 0]]);
    const way = [start];
    while (way.length > 0) {
      const at = way.at(-1)!;
      const next = open.get(at) ?? 0;
      const edge = finished.has(at) ? undefined : outgoing.get(at)?.[next];
      if (edge === undefined) {
        finished.add(at);
        open.delete(at);
        way.pop();
      } else if (open.has(edge.to)) {
        found.add(
          'cycle',
          edge.path,
          `${message}: ${[...way.slice(way.indexOf(edge.to)), edge.to].join(' → ')}`,
          edge.to,
        );
        return;
      } else {
        open.set(at, next + 1);
        open.set(edge.to, 0);
        way.push(edge.to);
      }
    }
  }
}
