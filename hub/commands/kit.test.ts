import { spawnSync } from 'node:child_process';
import { adapterNames } from '../../adapters/names';
import { packageRoot } from '../../model/paths';
import { esperanto } from './testing';

test('--help names every kit, and none is loaded for it: one that is broken breaks no other command', () => {
  const look = `
    // Of what runs with -e, commander takes the first argument for no script.
    process.argv = ['node', 'kit', '--help'];
    process.on('exit', () => {
      const loaded = Object.keys(require.cache).filter((file) => /dist.adapters./.test(file));
      process.stderr.write(JSON.stringify(loaded.map((file) => file.replace(/.*dist.adapters./, ''))));
    });
    require('./dist/hub/main.js');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', look], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  for (const name of adapterNames) expect(stdout).toContain(name);
  expect(JSON.parse(stderr)).toEqual(['names.js']);
});

test('a wrong name is told with the right ones', () => {
  const { code, err } = esperanto(['kit', 'sapp']);
  expect([code, err]).toEqual([2, expect.stringMatching(/there is no kit 'sapp'(?:.|\n)*http-json/)]);
});
