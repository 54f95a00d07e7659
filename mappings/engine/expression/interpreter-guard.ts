/**
 * A thread of the interpreter's process: ends the process when the hub is gone. Where the hub is killed while an
 * expression does not come to an end, nobody else would.
 */
const { ppid } = process;
setInterval(() => {
  if (process.ppid !== ppid) process.kill(process.pid, 'SIGKILL');
}, 1000);
