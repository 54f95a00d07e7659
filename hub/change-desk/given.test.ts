import { type DeskPlant, startDeskPlant } from './desk-plant.example';

let plant: DeskPlant;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ plant, stop } = await startDeskPlant('given'));
});
afterAll(() => stop());

/** A customer wants six instead of four of an order whose first operation runs, and it is granted. */
async function grantMore(id: string, given: readonly string[]): Promise<string> {
  await plant.release(id, { quantity: 4, given });
  await plant.report(id, '0010', 'Running');
  await plant.release(id, { quantity: 6, given });
  const { id: changeId } = await plant.newest();
  await plant.desk.decide(changeId, { orderIds: [], action: 'approve', by: 'Ines', reason: 'as agreed' });
  await plant.answerAll();
  return changeId;
}

async function takeBack(changeId: string): Promise<void> {
  await plant.desk.undo(changeId, { by: 'Ines', reason: 'four are enough' });
  await plant.answerAll();
}

/** What the machine has been told, oldest first. */
async function toldTheMachine(id: string): Promise<unknown[]> {
  const rows = await plant.store.listDeliveries({ dest: 'press', key: `order/${id}` });
  const { commands } = await plant.newest();
  return rows
    .map(({ payload }) => (payload as { command: { commandId: string } }).command.commandId)
    .map((commandId) => commands.find((one) => one.id === commandId)!.kind);
}

test('a machine that has the order gets a further job for more pieces, and is told when it is taken back', async () => {
  const changeId = await grantMore('1000011', ['mes', 'press']);
  expect((await plant.newest()).state).toBe('in force');
  expect(await toldTheMachine('1000011')).toContain('job-add');
  await takeBack(changeId);
  expect((await plant.newest()).state).toBe('undone');
  expect(await toldTheMachine('1000011')).toContain('job-cancel');
});

test('a machine that has not been given the order gets no further job of it: it would make those pieces twice', async () => {
  const changeId = await grantMore('1000012', ['mes']);
  const { state, commands } = await plant.newest();
  expect(state).toBe('in force');
  expect(commands.find(({ kind }) => kind === 'job-add')).toMatchObject({
    state: 'acknowledged',
    receipt: { here: expect.stringContaining('has not been given the order') },
  });
  expect(await toldTheMachine('1000012')).toEqual([]);

  // The order may have been given to it since, in one job of six: there is no further one to withdraw.
  await plant.release('1000012', { quantity: 6 });
  await takeBack(changeId);
  const undone = await plant.newest();
  expect(undone.state).toBe('undone');
  expect(undone.commands.map(({ kind }) => kind)).not.toContain('job-cancel');
});
