import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { changeRows } from './change-rows';
import { changeReads } from './changes';
import { openSqlite } from './sqlite';

test('a change kept before with all its orders in it is taken apart, and once more changes nothing', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-change-rows-'));
  const engine = await openSqlite(dataDir, 1000);
  try {
    const orders = [
      { id: '1000001', standing: 'approved' },
      { id: '1000002', standing: 'deferred', until: { operation: '0010' } },
    ];
    const body = JSON.stringify({ id: 'c1', reference: 'ECN-1', orders });
    const message = { verb: 'Change', noun: 'OperationsSchedule', item: { id: '1000001' } };
    const command = { id: 'k1', kind: 'order-change', state: 'sent', sentAt: '2026-03-02T06:00:00Z' };
    const kept = JSON.stringify({ ...command, message, place: 3 });
    await engine.transaction(async ({ db }) => {
      await sql`insert into change (id, noun, object_id, state, body, created_at, updated_at)
        values ('c1', 'OperationsDefinition', 'PV-100', 'going out', ${body}, 'then', 'then')`.execute(db);
      await sql`insert into command (id, change_id, order_id, kind, system, depends_on, state, body, at)
        values ('k1', 'c1', '1000001', 'order-change', 'mes', '[]', 'sent', ${kept}, 'then')`.execute(db);
    });
    for (let n = 0; n < 2; n++) await changeRows(engine.db as never, async () => {});
    const reads = changeReads(engine.db);
    expect(await reads.getChange('c1')).toMatchObject({ body: { reference: 'ECN-1', orders: [] } });
    expect(await reads.listChangeOrders({ changeId: 'c1' })).toMatchObject([
      { orderId: '1000001', place: 0, isOpen: false, body: orders[0] },
      { orderId: '1000002', place: 1, isOpen: true, due: '', body: orders[1] },
    ]);
    expect(await reads.listCommands({ changeId: 'c1' })).toMatchObject([
      { id: 'k1', place: 3, body: command, content: { message }, isOwed: true, takesBack: false },
    ]);
  } finally {
    await engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
