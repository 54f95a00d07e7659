import { join } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { fail } from './values';

/** What is asked, and what is answered. */
export interface Question {
  readonly text: string;
  readonly input: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly json?: string | undefined;
  readonly failure?: string;
}

/** An evaluation that takes longer is ended with its process, even inside a regular expression. */
export const timeLimitMs = 2_000;
/** Of the process: one that wants more is ended. */
export const memoryLimitMb = 64;
/** The longest text that an expression may give. */
export const sizeLimit = 1_000_000;
/** For starting the process on a machine that has much else to do; not counted as time of the expression. */
const startLimitMs = 20_000;

interface Running {
  readonly relay: Worker;
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

/**
 * JSONata's own interpreter, for expressions that say `interpreted: true`, under limits of time, memory and size. It runs
 * in a process of its own: V8 ends the whole process when a thread of it asks for too much memory at once. It blocks
 * until the answer is there, for mappings are synchronous; hence the warning of the linter. A thread relays between the
 * two, because whoever waits like that cannot talk to a process.
 */
class Interpreter {
  private running: Running | undefined;

  evaluate(question: Question): unknown {
    const { port, signal } = this.running ?? this.start();
    Atomics.store(signal, 0, 0);
    port.postMessage(question);
    Atomics.wait(signal, 0, 0, timeLimitMs + startLimitMs);
    const answer = receiveMessageOnPort(port)?.message as Answer | undefined;
    if (answer === undefined) {
      this.stop();
      return fail('the interpreter does not answer');
    }
    if (answer.failure !== undefined) return fail(answer.failure);
    return answer.json === undefined ? undefined : JSON.parse(answer.json);
  }

  private start(): Running {
    const { port1, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(4));
    const relay = new Worker(join(__dirname, 'interpreter-relay.js'), {
      workerData: { port: port2, signal },
      transferList: [port2],
    });
    relay.on('error', () => this.stop());
    relay.unref();
    port1.unref();
    this.running = { relay, port: port1, signal };
    return this.running;
  }

  private stop(): void {
    this.running?.port.close();
    void this.running?.relay.terminate();
    this.running = undefined;
  }
}

const interpreter = new Interpreter();

export function interpret(text: string, input: unknown, variables: Question['variables']): unknown {
  return interpreter.evaluate({ text, input, variables });
}
