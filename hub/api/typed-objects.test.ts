import { buildSchema, validateSchema } from 'graphql';
import { mainNouns } from '../../model/generate/main-nouns';
import { executable } from './executable';
import { graphqlText } from './graphql';

test('what GraphQL knows keeps to its rules, which no start of the hub checks again', () => {
  expect(validateSchema(buildSchema(graphqlText()))).toEqual([]);
});

test('each main noun of the model can be asked for, one and many', () => {
  const query = buildSchema(graphqlText()).getQueryType()!.getFields();
  const types = Object.values(query).map(({ type }) => String(type));
  for (const noun of mainNouns) expect(types).toEqual(expect.arrayContaining([noun, `[${noun}!]!`]));
  expect(Object.keys(query)).toEqual(
    expect.arrayContaining([
      'operationsSchedule',
      'operationsCapabilities',
      'materialClasses',
      'equipmentList',
    ]),
  );
});

test('a resolver for what the schema does not have is a mistake that is seen at once', () => {
  expect(() => executable('type Query { a: String }', { Query: { b: () => 1 } })).toThrow(/no Query.b/);
});
