/** Tells on standard error how far long work is; standard output stays free for the answer. */
export interface Progress {
  /** `done` of `total` things; without a total only how many. */
  at(done: number, total?: number): void;
  /** Clears the line on a terminal. */
  end(): void;
}

/** Work that is shorter than this, in ms, says nothing; later so often. */
const quietMs = 1000;

export function progress(what: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  let told = Date.now();
  let isTold = false;
  return {
    at(done, total) {
      const now = Date.now();
      if (now - told < quietMs) return;
      told = now;
      isTold = true;
      const text = total === undefined ? `${done} ${what}` : `${done} of ${total} ${what}`;
      stream.write(stream.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
    },
    end() {
      if (isTold && stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}
