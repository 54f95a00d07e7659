import type { HubError } from '../model/errors';
import type { Setting } from './adapter';
import { parseSettings, shownSettings } from './settings';

const settings: Record<string, Setting> = {
  url: { type: 'string', description: 'Address.' },
  password: { type: 'string', description: 'Password.', secret: true },
  pollMs: { type: 'number', description: 'Pause.', default: 1000 },
  trace: { type: 'boolean', description: 'Says more.', default: false },
  headers: { type: 'object', description: 'Extra headers.', optional: true },
};
const adapter = { name: 'planner', settings };
const parse = (values: Record<string, unknown>) =>
  parseSettings<Record<string, unknown>>(adapter, values, 'hub.yaml: systems.aps.settings');
const complete = { url: 'http://aps', password: 'geheim-1' };

function failure(values: Record<string, unknown>): HubError {
  try {
    parse(values);
  } catch (error) {
    return error as HubError;
  }
  throw new Error('the settings were taken');
}

test('defaults are filled in and optional settings may be absent', () => {
  expect(parse(complete)).toEqual({ ...complete, pollMs: 1000, trace: false });
});

test.each([
  [{ pollMs: '250' }, { pollMs: 250 }],
  [{ trace: 'true' }, { trace: true }],
  [{ url: 4711 }, { url: '4711' }],
])('a text from the environment becomes what is declared: %j', (given, expected) => {
  expect(parse({ ...complete, ...given })).toMatchObject(expected);
});

test.each([
  // given                    rule               what the message says
  [{ password: undefined }, 'setting-missing', "planner needs the setting 'password': Password."],
  [{ pollMs: 'soon' }, 'setting-type', "the setting 'pollMs' of planner is a number: Pause."],
  [{ pollms: 5 }, 'setting-unknown', "planner has no setting 'pollms'; did you mean 'pollMs'?"],
  [{ pasword: 'x' }, 'setting-unknown', "planner has no setting 'pasword'; did you mean 'password'?"],
  [{ colour: 'red' }, 'setting-unknown', "planner has no setting 'colour'"],
])('%j: %s', (given, rule, message) => {
  const { code, issues } = failure({ ...complete, ...given });
  expect([code, issues[0]!.rule, issues[0]!.message]).toEqual(['HUB_BAD_PROJECT', rule, message]);
});

test('all issues come at once, under their place', () => {
  const { message, at, issues } = failure({ pollMs: [], speed: 1 });
  expect(issues.map(({ path }) => path)).toEqual(['speed', 'url', 'password', 'pollMs']);
  expect(message).toContain('(and 3 more)');
  expect(at).toBe('hub.yaml: systems.aps.settings.speed');
});

test('a secret of the wrong type is not shown', () => {
  expect(JSON.stringify(failure({ ...complete, password: ['geheim-1'] }))).not.toContain('geheim-1');
});

test('settings are shown with their secrets masked', () => {
  expect(shownSettings(adapter, complete)).toEqual({ url: 'http://aps', password: '***' });
});
