import { Cluster, type Redis } from 'ioredis';
import { connectRedis, redisName } from './redis';

const options = { lazyConnect: true, retryStrategy: () => null };

function opened(url: string): object {
  const connection = connectRedis(url, options);
  connection.disconnect();
  if (!(connection instanceof Cluster)) return (connection as Redis).options;
  const { startupNodes } = connection as unknown as { startupNodes: object[] };
  return { startupNodes, ...connection.options };
}

test.each([
  ['redis://redis', { host: 'redis', port: 6379, db: 0 }],
  ['redis://:s%40cret@redis:7000/2', { host: 'redis', port: 7000, db: 2, password: 's@cret' }],
  ['rediss://ann:a:b@[::1]:7000', { host: '::1', port: 7000, username: 'ann', password: 'a:b', tls: {} }],
  [
    'redis-sentinel://:secret@one,two:7001/plant',
    {
      sentinels: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 7001 },
      ],
      ...{ name: 'plant', password: 'secret', sentinelPassword: 'secret' },
    },
  ],
  [
    'rediss-cluster://:secret@one:1,two:2',
    {
      startupNodes: [
        { host: 'one', port: 1 },
        { host: 'two', port: 2 },
      ],
      redisOptions: { password: 'secret', tls: {} },
    },
  ],
])('%s', (url, expected) => {
  expect(opened(url)).toMatchObject(expected);
});

test.each([
  'localhost:6379',
  'http://localhost',
  'redis://one,two',
  'redis://one/plant',
  'redis-sentinel://one',
  'redis-cluster://:secret@',
])('%s is refused, without being shown', (url) => {
  expect(() => connectRedis(url, options)).toThrow(
    expect.objectContaining({ code: 'HUB_WRONG_USE', message: 'the address of Redis is not understood' }),
  );
});

test('it is called by its kind', () => {
  expect(['redis://a', 'redis-sentinel://a/b', 'rediss-cluster://a'].map(redisName)).toEqual([
    'Redis',
    'Redis Sentinel',
    'Redis Cluster',
  ]);
});
