import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { HubError } from '../../model/errors';

interface Host {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is: one server, the Sentinels that know which one is the master, or some nodes of a Cluster. */
interface Address {
  readonly kind: 'server' | 'sentinel' | 'cluster';
  readonly hosts: readonly Host[];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Of a server: number of the database. Of Sentinels: name of the master. */
  readonly path: string;
}

/** What the hub sets on a connection, of whichever kind. */
export interface ConnectionOptions
  extends Pick<
    RedisOptions,
    | 'enableOfflineQueue'
    | 'maxRetriesPerRequest'
    | 'disconnectTimeout'
    | 'lazyConnect'
    | 'connectTimeout'
    | 'commandTimeout'
  > {
  /** Pause before the next try to connect, in ms; null: none. */
  readonly retryStrategy: (times: number) => number | null;
}

const forms =
  'redis://host:6379, redis-sentinel://host:26379,host:26379/<master> or redis-cluster://host:6379,host:6379';
const pattern = /^(redis|rediss)(?:-(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#@]+)(?:\/([^?#]*))?$/;
const usualPort = { server: 6379, sentinel: 26_379, cluster: 6379 };

/**
 * Connects to the Redis of an address: `redis://[user:password@]host:port[/database]`, `redis-sentinel://…,…/<master>`
 * or `redis-cluster://…,…`; with TLS `rediss…`. The password holds for the servers, and for Sentinels where they ask for
 * one. Throws HUB_WRONG_USE for any other address.
 */
export function connectRedis(url: string, options: ConnectionOptions): Redis | Cluster {
  const { kind, hosts, tls, username, password, path } = addressOf(url);
  const shared: RedisOptions = {
    ...options,
    ...(tls ? { tls: {} } : {}),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
  };
  if (kind === 'server') return new Redis({ ...shared, ...hosts[0]!, db: Number(path || 0) });
  if (kind === 'sentinel')
    return new Redis({
      ...shared,
      sentinels: [...hosts],
      name: path,
      sentinelRetryStrategy: options.retryStrategy,
      enableTLSForSentinelMode: tls,
      ...(password ? { sentinelPassword: password } : {}),
    });
  const { retryStrategy, enableOfflineQueue, lazyConnect, ...redisOptions } = shared;
  const cluster: ClusterOptions = {
    clusterRetryStrategy: options.retryStrategy,
    redisOptions,
    ...(enableOfflineQueue === undefined ? {} : { enableOfflineQueue }),
    ...(lazyConnect === undefined ? {} : { lazyConnect }),
  };
  return new Cluster([...hosts], cluster);
}

/** What people call that Redis. Throws as connectRedis. */
export function redisName(url: string): string {
  return { server: 'Redis', sentinel: 'Redis Sentinel', cluster: 'Redis Cluster' }[addressOf(url).kind];
}

function addressOf(url: string): Address {
  const [, scheme, other, login, hosts, path = ''] = pattern.exec(url) ?? [];
  const kind = (other ?? 'server') as Address['kind'];
  const list = hosts?.split(',').map((host) => hostOf(host, usualPort[kind])) ?? [];
  const unfit = kind === 'sentinel' ? path === '' : kind === 'server' && (list.length > 1 || /\D/.test(path));
  if (list.length === 0 || list.includes(undefined) || unfit)
    // Without the address: it may hold a password.
    throw new HubError('HUB_WRONG_USE', 'the address of Redis is not understood', {
      at: 'REDIS_URL',
      todo: `Write it as ${forms}.`,
    });
  const [, username, password] = (/^([^:]*)(?::(.*))?$/.exec(login ?? '') ?? []).map((part) =>
    decodeURIComponent(part ?? ''),
  );
  return {
    ...{ kind, hosts: list as Host[], tls: scheme === 'rediss', path },
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
  };
}

/** `name`, `name:port`, `[::1]:port`. */
function hostOf(text: string, usual: number): Host | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? undefined : { host, port: port === undefined ? usual : Number(port) };
}
