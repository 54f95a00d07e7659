import { asHubError, type HubError } from '../../model/errors';

/** Every command takes `--json`: one JSON object on standard output and nothing else there. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Prints the answer, as JSON or for people, and sets the exit code: 0 fine, 1 the answer is no. */
export function answer(
  options: CommonOptions,
  result: { ok: boolean; [field: string]: unknown },
  text: string,
): void {
  process.stdout.write(
    options.json ? `${JSON.stringify(result)}\n` : text.endsWith('\n') ? text : `${text}\n`,
  );
  process.exitCode = result.ok ? 0 : 1;
}

/** Prints a failure and sets the exit code: 2 for wrong use, else 1. */
export function fail(options: CommonOptions, thrown: unknown): void {
  const error = asHubError(thrown);
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, error: error.toJSON() })}\n`);
  else process.stderr.write(`${describeFailure(error)}\n`);
  if (error.code === 'HUB_BUG' && error.cause instanceof Error)
    process.stderr.write(`${error.cause.stack}\n`);
  process.exitCode = error.code === 'HUB_WRONG_USE' ? 2 : 1;
}

/** A failure in a few lines: what, where, with which value, and what to do. */
export function describeFailure(error: HubError): string {
  const lines = [`${error.code}: ${error.message}`];
  if (error.at !== undefined) lines.push(`  at       ${error.at}`);
  if (error.value !== undefined) lines.push(`  value    ${JSON.stringify(error.value)}`);
  for (const issue of error.issues.slice(0, 20)) {
    const { file, line } = issue as { file?: string; line?: number };
    lines.push(`  - ${file === undefined ? issue.path : `${file}:${line}`}: ${issue.message}`);
  }
  if (error.issues.length > 20) lines.push(`  … and ${error.issues.length - 20} more`);
  lines.push(`  to do    ${error.todo}`);
  return lines.join('\n');
}

/** Runs a command's action; whatever it throws becomes a message and an exit code, never a stack trace. */
export function action<Args extends unknown[]>(
  run: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    // Commander hands over: arguments…, options, command.
    const options = args.at(-2) as CommonOptions;
    try {
      await run(...args);
    } catch (error) {
      fail(options, error);
    }
  };
}

/** Everything is closed: what a library leaves behind, a timer of a connection that died, keeps the process a second at most. */
export function ended(): void {
  setTimeout(() => process.exit(), 1000).unref();
}

/**
 * `requested` resolves at Ctrl-C or SIGTERM; with `withParent` also when the process that started this one is gone.
 * `release` lets the process end by itself.
 */
export function stopRequested(withParent = false): { readonly requested: Promise<string>; release(): void } {
  const requested = new Promise<string>((resolve) => {
    process.once('SIGINT', () => resolve('SIGINT'));
    process.once('SIGTERM', () => resolve('SIGTERM'));
    if (!withParent) return;
    process.stdin.once('end', () => resolve('the parent ended'));
    process.stdin.once('error', () => resolve('the parent ended'));
    process.stdin.resume();
  });
  return { requested, release: () => void (withParent && process.stdin.destroy()) };
}
