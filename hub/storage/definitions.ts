import type { Selectable } from 'kysely';
import { newId } from './id';
import type { Db, Tables } from './schema';
import type { DefinitionNote, Draft, Reads, Tx } from './store';

/** What is kept of definitions beside their published versions: what people said of revisions, and drafts. */
export function definitionReads(db: Db): Pick<Reads, 'definitionNotes' | 'listDrafts' | 'subtreeHashes'> {
  return {
    async definitionNotes(noun, id) {
      const found = await db
        .selectFrom('definition_note')
        .selectAll()
        .where('noun', '=', noun)
        .where('id', '=', id)
        .orderBy('arrival')
        .execute();
      return found.map(noteOf);
    },
    async listDrafts(noun, id) {
      let q = db.selectFrom('draft').selectAll().where('noun', '=', noun).orderBy('id').orderBy('revision');
      if (id !== undefined) q = q.where('id', '=', id);
      return (await q.execute()).map(draftOf);
    },
    async subtreeHashes(noun, id, version) {
      const row = await db
        .selectFrom('subtree_hash')
        .select('hashes')
        .where('noun', '=', noun)
        .where('id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst();
      return row && (JSON.parse(row.hashes) as Record<string, string>);
    },
  };
}

export function definitionWrites(
  db: Db,
  now: string,
): Pick<Tx, 'addDefinitionNote' | 'putDraft' | 'dropDraft' | 'putSubtreeHashes'> {
  return {
    async addDefinitionNote({ effectiveFrom, effectiveTo, ...note }) {
      const dates = { effective_from: effectiveFrom ?? null, effective_to: effectiveTo ?? null };
      await db
        .insertInto('definition_note')
        .values({ ...note, ...dates, arrival: newId(), at: now })
        .execute();
    },
    async putDraft({ body, ...draft }) {
      const values = { body: JSON.stringify(body), updated_at: now };
      await db
        .insertInto('draft')
        .values({ ...draft, ...values })
        .onConflict((c) => c.columns(['noun', 'id', 'revision']).doUpdateSet(values))
        .execute();
    },
    async putSubtreeHashes(noun, id, version, hashes) {
      const values = { hashes: JSON.stringify(hashes) };
      await db
        .insertInto('subtree_hash')
        .values({ noun, id, version, ...values })
        .onConflict((c) => c.columns(['noun', 'id', 'version']).doUpdateSet(values))
        .execute();
    },
    async dropDraft({ noun, id, revision }) {
      await db
        .deleteFrom('draft')
        .where('noun', '=', noun)
        .where('id', '=', id)
        .where('revision', '=', revision)
        .execute();
    },
  };
}

function noteOf(row: Selectable<Tables['definition_note']>): DefinitionNote {
  return {
    noun: row.noun,
    id: row.id,
    revision: row.revision,
    state: row.state as DefinitionNote['state'],
    ...(row.effective_from === null ? {} : { effectiveFrom: row.effective_from }),
    ...(row.effective_to === null ? {} : { effectiveTo: row.effective_to }),
    by: row.by,
    why: row.why,
    at: row.at,
  };
}

function draftOf({ body, updated_at, ...row }: Selectable<Tables['draft']>): Draft {
  return { ...row, body: JSON.parse(body), updatedAt: updated_at };
}
