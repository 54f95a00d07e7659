import { contextNames } from '../mapping';
import type { Frame, Run } from '../run';
import { compileCall, functions } from './functions';
import { interpret } from './interpreter';
import { negative, operators } from './operators';
import { compileFilter, compileName, compilePath, type Environment, type Evaluate } from './path';
import { checkSyntax, type Node, notCompiled, parseExpression } from './syntax';
import { fail, isTrue, truth, unwrapped, WholeInput, wholeInput } from './values';

export { type ExpressionRead, expressionReads } from './reads';

export type CompiledExpression = (frame: Frame, run: Run) => unknown;

export const functionNames: readonly string[] = [...functions.keys()];

/** Names of variables that a mapping's expressions may use without binding them. */
const given: ReadonlySet<string> = new Set(['root', 'parent', 'joined', ...contextNames]);

/**
 * Compiles a JSONata expression to closures, from JSONata's own syntax tree, with the same results as its
 * interpreter. Throws HubError HUB_BAD_MAPPING for what is not JSONata, and for what is not compiled.
 */
export function compileExpression(text: string, mayInterpret = false): CompiledExpression {
  if (mayInterpret && !isCompiled(text)) return interpreted(text);
  const { evaluate, readsVariables } = compileText(text, given);
  return (frame, run) => {
    const environment = readsVariables ? { given: (name: string) => givenValue(name, frame, run) } : none;
    const value = evaluate(frame.entry, environment);
    return typeof value === 'number' && !Number.isFinite(value) ? fail('the number is out of range') : value;
  };
}

/** The name, where the expression is one field of its input: `number`. */
export function nameOf(text: string): string | undefined {
  const { type, steps = [], predicate } = checkSyntax(text);
  const [only] = steps;
  const isName = type === 'path' && steps.length === 1 && only?.type === 'name' && !predicate && !only.stages;
  return isName && isCompiled(text) ? String(only.value) : undefined;
}

/** The value, where the expression is a text, a number or a truth value: `"decimal"`. */
export function literalOf(text: string): string | number | boolean | undefined {
  const { type, value, predicate } = checkSyntax(text);
  const isLiteral = (type === 'string' || type === 'number' || type === 'value') && !predicate;
  return isLiteral && value !== null ? (value as string | number | boolean) : undefined;
}

/** Whether an expression is in the compiled subset. Throws HubError HUB_BAD_MAPPING for what is not JSONata at all. */
export function isCompiled(text: string): boolean {
  checkSyntax(text);
  try {
    compileText(text, given);
    return true;
  } catch {
    return false;
  }
}

function interpreted(text: string): CompiledExpression {
  return (frame, run) => {
    const names = [...given].map((name) => [name, givenValue(name, frame, run)] as const);
    return interpret(text, frame.entry, Object.fromEntries(names));
  };
}

const none: Environment = Object.freeze({});

function givenValue(name: string, frame: Frame, run: Run): unknown {
  if (name === '$') return frame.entry;
  if (name === 'root') return run.root;
  if (name === 'parent') return frame.parent?.entry;
  if (name === 'joined') return frame.joined;
  return Object.hasOwn(run.context, name) ? run.context[name] : undefined;
}

/** An expression over an input, with variables. */
export function compileText(text: string, known: ReadonlySet<string>) {
  const compiler = new Compiler(text, known);
  const whole = compiler.compile(parseExpression(text));
  const evaluate: Evaluate = (input, environment) => whole(wholeInput(input), environment);
  return { evaluate, readsVariables: compiler.readsVariables };
}

class Compiler {
  /** It needs an environment of its own for each evaluation. */
  readsVariables = false;
  /** Names that some part of the expression binds. */
  private readonly bound = new Set<string>();

  constructor(
    private readonly text: string,
    private readonly known: ReadonlySet<string>,
  ) {}

  compile = (node: Node): Evaluate => {
    const evaluate = this.plain(node);
    const filters = (node.predicate ?? []).map(({ expr }) => compileFilter(expr as Node, this.compile));
    if (filters.length === 0) return evaluate;
    return (input, environment) =>
      unwrapped(filters.reduce((value, filter) => filter(value, environment), evaluate(input, environment)));
  };

  private plain(node: Node): Evaluate {
    const { value } = node;
    switch (node.type) {
      case 'string':
      case 'number':
      case 'value':
        return () => value;
      case 'name':
        return compileName(String(value));
      case 'path':
        return compilePath(node.steps ?? [], this.compile);
      case 'variable':
        return this.variable(String(value));
      case 'binary':
        return this.binary(node);
      case 'unary':
        return this.unary(node);
      case 'condition':
        return this.condition(node);
      case 'block':
        return this.block(node.expressions ?? []);
      case 'bind':
        return this.bind(node);
      case 'function':
        return this.call(node);
      default:
        throw notCompiled(what.get(node.type) ?? `a ${node.type}`, this.text);
    }
  }

  private variable(name: string): Evaluate {
    if (name === '') return (input) => (input instanceof WholeInput ? input[0] : input);
    if (name !== '$' && !this.known.has(name) && !this.bound.has(name)) {
      throw notCompiled(`the variable $${name}, which nothing binds`, this.text);
    }
    this.readsVariables = true;
    return (_input, environment) => lookup(name, environment);
  }

  private binary({ value, lhs, rhs }: Node): Evaluate {
    const [left, right] = [this.compile(lhs as Node), this.compile(rhs as Node)];
    if (value === 'and') return (input, at) => isTrue(left(input, at)) && isTrue(right(input, at));
    if (value === 'or') return (input, at) => isTrue(left(input, at)) || isTrue(right(input, at));
    const operator = operators.get(String(value));
    if (!operator) throw notCompiled(`the operator ${String(value)}`, this.text);
    return (input, at) => operator(left(input, at), right(input, at));
  }

  private unary({ value, expression, expressions = [] }: Node): Evaluate {
    if (value === '-') {
      const inner = this.compile(expression as Node);
      return (input, at) => negative(inner(input, at));
    }
    if (value !== '[') throw notCompiled('an object {…}', this.text);
    const parts = expressions.map((part) => ({ isList: part.value === '[', evaluate: this.compile(part) }));
    return (input, at) => {
      const list: unknown[] = [];
      for (const { isList, evaluate } of parts) {
        const found = evaluate(input, at);
        if (Array.isArray(found) && !isList) for (const one of found) list.push(one);
        else if (found !== undefined) list.push(found);
      }
      return list;
    };
  }

  private condition({ condition, then, else: otherwise }: Node): Evaluate {
    const test = this.compile(condition as Node);
    const yes = this.compile(then as Node);
    const no = otherwise ? this.compile(otherwise) : () => undefined;
    return (input, at) => (truth(test(input, at)) ? yes(input, at) : no(input, at));
  }

  private block(expressions: readonly Node[]): Evaluate {
    const parts = expressions.map((part) => this.compile(part));
    return (input, outer) => {
      const environment: Environment = { outer };
      let value: unknown;
      for (const part of parts) value = part(input, environment);
      return value;
    };
  }

  private bind({ lhs, rhs }: Node): Evaluate {
    const value = this.compile(rhs as Node);
    const name = String(lhs?.value);
    this.bound.add(name);
    this.readsVariables = true;
    return (input, environment) => {
      const bound = value(input, environment);
      environment.values ??= new Map();
      environment.values.set(name, bound);
      return bound;
    };
  }

  private call({ procedure, arguments: parts = [] }: Node): Evaluate {
    const name = String(procedure?.value);
    const found = procedure?.type === 'variable' ? functions.get(name) : undefined;
    if (!found) throw notCompiled(`the function $${name}`, this.text);
    const least = found.takes.filter((type) => !type.endsWith('?')).length;
    if (parts.length < least || parts.length > found.takes.length) {
      throw notCompiled(
        `$${name} with ${parts.length} arguments (it takes ${found.takes.join(', ')})`,
        this.text,
      );
    }
    const run = compileCall(name, found, parts.length);
    const values = parts.map((part) => this.compile(part));
    const [only] = values as [Evaluate];
    if (values.length === 1) return (input, at) => run([only(input, at)]);
    return (input, at) => run(values.map((value) => value(input, at)));
  }
}

function lookup(name: string, environment: Environment): unknown {
  for (let at: Environment | undefined = environment; at; at = at.outer) {
    if (at.values?.has(name)) return at.values.get(name);
    if (at.given) return at.given(name);
  }
  return undefined;
}

const what: ReadonlyMap<string, string> = new Map([
  ['wildcard', 'the wildcard *'],
  ['descendant', 'the wildcard **'],
  ['parent', 'the parent %'],
  ['regex', 'a regular expression'],
  ['lambda', 'a function of its own'],
  ['partial', 'a partial call'],
  ['apply', 'the chain ~>'],
  ['sort', 'the order ^(…)'],
  ['transform', 'the transform |…|'],
]);
