import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type MessagePort, workerData } from 'node:worker_threads';
import { type Answer, memoryLimitMb, type Question, timeLimitMs } from './interpreter';

/** The thread between whoever waits and the interpreter's process, which it starts, ends in time, and starts again. */
const { port, signal } = workerData as { port: MessagePort; signal: Int32Array };
let running: ChildProcess | undefined;

port.on('message', async (question: Question) => {
  const answer = await ask(question).catch((error: Error): Answer => ({ failure: error.message }));
  port.postMessage(answer);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});

async function ask(question: Question): Promise<Answer> {
  running ??= await started();
  const child = running;
  return new Promise((resolve) => {
    const end = (answer: Answer) => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(answer);
    };
    const give = (failure: string) => {
      running = undefined;
      child.kill('SIGKILL');
      end({ failure });
    };
    const timer = setTimeout(() => give(`the expression was ended after ${timeLimitMs} ms`), timeLimitMs);
    child.once('message', (answer) => end(answer as Answer));
    child.once('exit', () => give(`the expression was ended: it needs more than ${memoryLimitMb} MB`));
    child.once('error', (error) => give(error.message));
    child.send(question);
  });
}

/** A process that knows nothing of the hub, not even its environment, and is ready. */
async function started(): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'interpreter-process.js'), [], {
    execArgv: [`--max-old-space-size=${memoryLimitMb}`],
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  await once(child, 'message');
  return child;
}
