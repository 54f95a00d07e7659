import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';
import { byText } from './by-text';

/** For statements elsewhere: only this file and its neighbours know the engine. */
export type Database = DatabaseSyncInstance;

/** Of 4 KB: a page that is written again and again is copied to the file less often. */
const walPages = 4000;

export function openFile(file: string): Database {
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${walPages};
     PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY`,
  );
  return db;
}

/** So many statements of a connection are kept prepared. */
const mostStatements = 500;

/** Statements of a connection, each prepared once, as `use` makes it ready. */
export function preparedOn<T>(
  db: Database,
  use: (statement: StatementSyncInstance) => T,
): (text: string) => T {
  return byText(mostStatements, (text) => use(db.prepare(forSqlite(text))));
}

/**
 * A statement as SQLite takes it. A limit that is a parameter and nothing else would make it plan the statement anew each
 * time.
 */
function forSqlite(text: string): string {
  return text.replace(/\$(\d+)/g, '?$1').replace(/\blimit (\?\d*)(?=$|[\s)])/g, 'limit $1 + 0');
}
