import { type MessagePort, workerData } from 'node:worker_threads';
import jsonata from 'jsonata';
import type { Answer, Question } from './interpreter';

/**
 * Evaluates expressions beyond the compiled subset, one at a time. `$pad` and `$eval` are taken away: the one can end
 * the process from any thread, the other would hide an expression from the limits.
 */
const { port, signal } = workerData as { port: MessagePort; signal: Int32Array };
const compiled = new Map<string, jsonata.Expression>();

port.on('message', async ({ text, input, variables }: Question) => {
  let answer: Answer;
  try {
    const value = await expression(text).evaluate(input, variables);
    answer = { json: value === undefined ? undefined : JSON.stringify(value) };
  } catch (error) {
    answer = { failure: String((error as { message?: string }).message ?? error) };
  }
  port.postMessage(answer);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});

function expression(text: string): jsonata.Expression {
  const there = compiled.get(text);
  if (there) return there;
  // The interpreter's own limits catch runaway recursion with a better message than the thread's end.
  const made = jsonata(text, { stack: 200, timeout: 1000 } as jsonata.JsonataOptions);
  for (const name of ['pad', 'eval']) made.registerFunction(name, () => refuse(name));
  compiled.set(text, made);
  return made;
}

function refuse(name: string): never {
  throw new Error(`$${name} is not available in a mapping`);
}
