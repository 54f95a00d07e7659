import jsonata from 'jsonata';
import { HubError } from '../../../model/errors';

/** A node of JSONata's own syntax tree, as far as it is read here. */
export interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly terms?: readonly { readonly expression: Node }[];
  readonly stages?: readonly Node[];
  readonly predicate?: readonly Node[];
  readonly expr?: Node;
  readonly lhs?: Node;
  readonly rhs?: Node;
  readonly expression?: Node;
  readonly expressions?: readonly Node[];
  readonly condition?: Node;
  readonly then?: Node;
  readonly else?: Node;
  readonly procedure?: Node;
  readonly arguments?: readonly Node[];
}

/** Marks on a node that change what it means in ways that are not compiled. */
const marks: ReadonlyMap<string, string> = new Map([
  ['keepArray', '[]'],
  ['keepSingletonArray', '[]'],
  ['tuple', '@ or #'],
  ['focus', '@'],
  ['index', '#'],
  ['group', '{…}'],
  ['consarray', 'a list in a path'],
  ['ancestor', '%'],
  ['seekingParent', '%'],
]);

/** The syntax tree of an expression in the compiled subset. Throws HubError HUB_BAD_MAPPING. */
export function parseExpression(text: string): Node {
  return checked(checkSyntax(text), text);
}

/** The syntax tree of any expression. Throws HubError HUB_BAD_MAPPING for what is not JSONata. */
export function checkSyntax(text: string): Node {
  try {
    return jsonata(text).ast() as unknown as Node;
  } catch (error) {
    const why = (error as { message?: string }).message ?? String(error);
    throw new HubError('HUB_BAD_MAPPING', `the expression '${text}' is not JSONata: ${why}`, { value: text });
  }
}

function checked(node: Node, text: string): Node {
  for (const [mark, sign] of marks) {
    if (Object.hasOwn(node, mark) && (node as unknown as Record<string, unknown>)[mark])
      throw notCompiled(sign, text);
  }
  const { type: _, value: __, ...parts } = node;
  for (const part of Object.values(parts).flat()) {
    if (typeof part === 'object' && part !== null && 'type' in part) checked(part as Node, text);
  }
  return node;
}

export function notCompiled(what: string, text: string): HubError {
  return new HubError(
    'HUB_BAD_MAPPING',
    `the expression '${text}' uses ${what}, which is not compiled; see the section Expressions in mappings/README.md`,
    { value: text },
  );
}
