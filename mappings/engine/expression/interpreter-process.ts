import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import jsonata from 'jsonata';
import { type Answer, type Question, sizeLimit } from './interpreter';

/**
 * Evaluates expressions beyond the compiled subset, one at a time. `$pad` and `$eval` are taken away: the one makes any
 * amount of text at once, the other would hide an expression from the limits.
 */
const compiled = new Map<string, jsonata.Expression>();

process.on('message', async ({ text, input, variables }: Question) => {
  process.send?.(await answerTo(text, input, variables));
});
process.on('disconnect', () => process.exit());
new Worker(join(__dirname, 'interpreter-guard.js')).unref();
process.send?.('ready');

async function answerTo(text: string, input: unknown, variables: Question['variables']): Promise<Answer> {
  try {
    const value = await expression(text).evaluate(input, { ...variables });
    const json = value === undefined ? undefined : JSON.stringify(value);
    return (json?.length ?? 0) > sizeLimit ? { failure: `the result is longer than ${sizeLimit}` } : { json };
  } catch (error) {
    return { failure: String((error as { message?: string }).message ?? error) };
  }
}

function expression(text: string): jsonata.Expression {
  const there = compiled.get(text);
  if (there) return there;
  // The interpreter's own limits catch runaway recursion with a better message than the end of the process.
  const made = jsonata(text, { stack: 200, timeout: 1000 } as jsonata.JsonataOptions);
  for (const name of ['pad', 'eval']) made.registerFunction(name, () => refuse(name));
  compiled.set(text, made);
  return made;
}

function refuse(name: string): never {
  throw new Error(`$${name} is not available in a mapping`);
}
