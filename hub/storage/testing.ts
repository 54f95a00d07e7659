import { Client } from 'pg';

/**
 * For tests: an empty database of that name on the server that `TEST_DATABASE_URL` names, so that test files may run
 * side by side and nothing of somebody's is touched. The user must be allowed to create databases.
 */
export async function emptyDatabase(serverUrl: string, name: string): Promise<string> {
  const admin = new Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.query(`create database ${name}`);
  await admin.end();
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}
