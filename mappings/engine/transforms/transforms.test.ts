import { runTransform } from '../convert';
import { type Example, transforms } from '.';

const refusal = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

const title = ({ input, output, refused, direction }: Example) =>
  `${JSON.stringify(input)} ${direction === 'out' ? 'is written as' : 'gives'} ${refused ? `a refusal: ${refused}` : JSON.stringify(output)}`;

describe.each([...transforms])('as: %s', (name, transform) => {
  test.each(transform.examples.map((example) => [title(example), example] as const))(
    '%s',
    (_title, example) => {
      const run = () =>
        runTransform(
          { name, with: example.with ?? {} },
          example.input,
          { zone: example.zone ?? 'Europe/Berlin' },
          example.direction ?? 'in',
        );
      if (example.refused !== undefined) expect(refusal(run)).toContain(example.refused);
      else expect(run() ?? null).toEqual(example.output);
    },
  );

  test('its description is a sentence, and so are those of its parameters', () => {
    for (const text of [transform.summary, ...Object.values(transform.options ?? {})]) {
      expect(text).toMatch(/^[A-Z].*\.$/s);
    }
  });
});

test('a time without an offset is refused where the site has no zone', () => {
  const run = () => runTransform({ name: 'local-date-time', with: {} }, '2026-03-02T06:00:00', {}, 'in');
  expect(run).toThrow('the site has no time zone');
});
