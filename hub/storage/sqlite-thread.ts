/** The thread that writes the SQLite file, while the hub's own thread goes on. */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Answer, type Committed, type Message, place, type ThreadData } from './sqlite-calls';
import { openFile } from './sqlite-file';
import { type Inbox, Turns } from './sqlite-turns';

function inboxOn({ port, answers, shared }: ThreadData): Inbox {
  let here: Message[] = [];
  return {
    next(waitMs) {
      for (;;) {
        const next = here.shift();
        if (next) return next;
        const seen = Atomics.load(shared, place.posted);
        const got = receiveMessageOnPort(port) as { message: Message[] } | undefined;
        here = got?.message ?? here;
        if (got) continue;
        if (waitMs === 0 || Atomics.wait(shared, place.posted, seen, waitMs) === 'timed-out')
          return undefined;
      }
    },
    answer(answer: Answer) {
      answers.postMessage(answer);
      Atomics.add(shared, place.answered, 1);
      Atomics.notify(shared, place.answered);
    },
    committed: (committed: Committed) => port.postMessage(committed),
    wanted: () => Atomics.load(shared, place.wanted) === 1,
    committing(is) {
      Atomics.store(shared, place.committing, is ? 1 : 0);
    },
  };
}

const data = workerData as ThreadData;
const db = openFile(data.file);
// The log is brought to the disk by the other end, which answers nobody before: this thread goes on meanwhile.
db.exec('PRAGMA synchronous = NORMAL');
const turns = new Turns(db, data.leaseMs, inboxOn(data));
data.port.postMessage('ready');
turns.serve();
db.close();
data.port.close();
data.answers.close();
