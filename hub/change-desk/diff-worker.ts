import { parentPort } from 'node:worker_threads';
import { diffDefinitions } from '../change/diff';
import { subtreeHashes } from '../change/hashes';
import type { OperationsDefinition } from '../change/shapes';
import type { DiffAnswer, DiffWord } from './differences';

/** The thread of one difference: it parses both texts, so that the event loop need not. */
let before: OperationsDefinition | undefined;
let after: OperationsDefinition | undefined;

parentPort?.on('message', (word: DiffWord) => {
  if ('go' in word) parentPort?.postMessage(answerTo(word));
  else if ('before' in word) before = JSON.parse(word.before) as OperationsDefinition;
  else after = JSON.parse(word.after) as OperationsDefinition;
});

function answerTo(known: Extract<DiffWord, { go: true }>): DiffAnswer {
  const now = after!;
  const hashes = known.after ?? subtreeHashes(now);
  if (before === undefined) return { hashes };
  const stored = known.before ? { hashes: { before: known.before, after: hashes } } : {};
  return { diff: diffDefinitions(before, now, stored), hashes };
}
