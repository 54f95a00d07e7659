import { Client } from 'pg';
import { HubError } from '../../model/errors';
import { connectRedis, redisName } from './redis';

/** How long an answer is waited for, in ms. */
const patience = 5000;

/**
 * Asks PostgreSQL for its version and writes nothing. Throws HUB_STORE when it cannot be reached, does not take the
 * credentials or is older than 14. Messages never hold the password.
 */
export async function probePostgres(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: patience });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ number: string; version: string }>(
      "select current_setting('server_version_num') as number, current_setting('server_version') as version",
    );
    const { number, version } = rows[0]!;
    if (Number(number) >= 140_000) return `PostgreSQL ${version}`;
    throw new HubError('HUB_STORE', `PostgreSQL ${version} is too old: 14 is the least`, { value: version });
  } catch (thrown) {
    if (thrown instanceof HubError) throw thrown;
    throw new HubError('HUB_STORE', `PostgreSQL does not answer: ${reasonOf(thrown)}`, { cause: thrown });
  } finally {
    await client.end().catch(() => {});
  }
}

/** Asks Redis for its version. Throws HUB_UNREACHABLE when it cannot be used, HUB_WRONG_USE for an address that is none. Messages never hold the password. */
export async function probeRedis(redisUrl: string): Promise<string> {
  const redis = connectRedis(redisUrl, {
    lazyConnect: true,
    connectTimeout: patience,
    commandTimeout: patience,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    disconnectTimeout: 100,
  });
  let reason: unknown;
  redis.on('error', (error) => {
    reason = error;
  });
  try {
    await redis.connect();
    const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'of unknown version';
    return `${redisName(redisUrl)} ${version}`;
  } catch (thrown) {
    throw new HubError('HUB_UNREACHABLE', `Redis does not answer: ${reasonOf(reason ?? thrown)}`, {
      cause: thrown,
    });
  } finally {
    redis.disconnect();
  }
}

/** Errors of several addresses at once have no message of their own. */
function reasonOf(thrown: unknown): string {
  const { message, code, errors } = thrown as { message?: string; code?: string; errors?: Error[] };
  return message || errors?.[0]?.message || code || String(thrown);
}
