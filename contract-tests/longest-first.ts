/** The order of test files in a run of all: who starts a long one last waits for it with one worker only. */
import Sequencer from '@jest/test-sequencer';

/** Those that take 20 s and more, the longest first. Without them jest goes by what it remembers, or by size. */
const longest = [
  'contract-tests/adapters',
  'contract-tests/breakdowns',
  'contract-tests/change',
  'contract-tests/operating',
  'contract-tests/start',
  'hub/commands/mappings',
  'adapters/opcua/opcua',
  'hub/storage/store-postgres',
  'contract-tests/redis-groups',
  'contract-tests/kill',
].map((name) => `/dist/${name}.test.js`);

type Tests = Parameters<Sequencer['sort']>[0];

export default class LongestFirst extends Sequencer {
  override async sort(tests: Tests): Promise<Tests> {
    const rank = new Map(longest.map((file, place) => [file, place]));
    const rankOf = ({ path }: Tests[number]) =>
      rank.get(path.slice(path.lastIndexOf('/dist/'))) ?? longest.length;
    return [...(await super.sort(tests))].sort((one, other) => rankOf(one) - rankOf(other));
  }
}
