import { join } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { fail } from './values';

/** What the worker is asked, and what it answers. */
export interface Question {
  readonly text: string;
  readonly input: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly json?: string | undefined;
  readonly failure?: string;
}

/** An evaluation that takes longer is ended with its thread, even inside a regular expression. */
export const timeLimitMs = 2_000;
/** Of the thread: one that wants more is ended. */
const memoryLimitMb = 64;
/** The longest text that an expression may give. */
const sizeLimit = 1_000_000;

interface Running {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

/**
 * JSONata's own interpreter, for expressions that say `interpreted: true`: in a thread of its own, under limits of time,
 * memory and size. It blocks until the answer is there, for mappings are synchronous; hence the warning of the linter.
 */
class Interpreter {
  private running: Running | undefined;

  evaluate(question: Question): unknown {
    const running = this.running ?? this.start();
    Atomics.store(running.signal, 0, 0);
    running.port.postMessage(question);
    Atomics.wait(running.signal, 0, 0, timeLimitMs);
    const answer = receiveMessageOnPort(running.port)?.message as Answer | undefined;
    if (answer === undefined) {
      this.stop();
      return fail(`the expression was ended after ${timeLimitMs} ms`);
    }
    if (answer.failure !== undefined) return fail(answer.failure);
    if (answer.json === undefined) return undefined;
    return answer.json.length > sizeLimit
      ? fail(`the result is longer than ${sizeLimit}`)
      : JSON.parse(answer.json);
  }

  private start(): Running {
    const { port1, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(join(__dirname, 'interpreter-worker.js'), {
      workerData: { port: port2, signal },
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb, stackSizeMb: 4 },
    });
    // A thread that runs out of memory ends; the question it leaves open is told as too slow.
    worker.on('error', () => this.stop());
    worker.unref();
    port1.unref();
    this.running = { worker, port: port1, signal };
    return this.running;
  }

  private stop(): void {
    this.running?.port.close();
    void this.running?.worker.terminate();
    this.running = undefined;
  }
}

const interpreter = new Interpreter();

export function interpret(text: string, input: unknown, variables: Question['variables']): unknown {
  return interpreter.evaluate({ text, input, variables });
}
