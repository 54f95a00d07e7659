import { intakeUnder, type Pressure, pressure } from './pressure';

const limits = { waiting: 1000, freeDiskMb: 500 };
const plenty = async () => 100_000_000_000;
let held: Pressure | undefined;
afterEach(() => held?.close());

/** After the first look. */
async function under(waiting: number, freeBytes = plenty): Promise<Pressure> {
  held = pressure({
    store: { waiting: async () => waiting },
    limits,
    freeBytes,
    log: () => {},
    everyMs: 60_000,
  });
  await new Promise((resolve) => setImmediate(resolve));
  return held;
}
async function timeToAdmit({ admit }: Pressure): Promise<number> {
  const began = performance.now();
  await admit();
  return performance.now() - began;
}

test('admits at once while little waits, and slower the nearer the limit is', async () => {
  expect(await timeToAdmit(await under(100))).toBeLessThan(20);
  await held!.close();
  expect(await timeToAdmit(await under(820))).toBeGreaterThan(80);
  await held!.close();
  expect(await timeToAdmit(await under(860))).toBeGreaterThan(280);
});

test('refuses with HUB_OVERLOADED when so much waits as may', async () => {
  const { admit } = await under(1000);
  await expect(admit()).rejects.toMatchObject({ code: 'HUB_OVERLOADED', kind: 'transient' });
});

test('refuses with HUB_STORE before the disk is full', async () => {
  const { admit } = await under(0, async () => 499_000_000);
  await expect(admit()).rejects.toMatchObject({ code: 'HUB_STORE', kind: 'transient' });
});

test('what is refused is not taken, neither pushed nor fetched', async () => {
  const taken: string[] = [];
  const intake = intakeUnder(await under(1000), {
    push: async (system) => {
      taken.push(system);
      return { accepted: [] };
    },
    take: async (system) => void taken.push(system),
  });
  await expect(intake.push('erp', { contentType: 'text/plain', text: '' })).rejects.toMatchObject({
    code: 'HUB_OVERLOADED',
  });
  await expect(intake.take('aps', { type: 'T', key: 'k', body: {} })).rejects.toMatchObject({
    code: 'HUB_OVERLOADED',
  });
  expect(taken).toEqual([]);
});

test('opens again when what waited is gone', async () => {
  let waiting = 5000;
  held = pressure({
    store: { waiting: async () => waiting },
    limits,
    freeBytes: plenty,
    log: () => {},
    everyMs: 5,
  });
  await new Promise((resolve) => setImmediate(resolve));
  await expect(held.admit()).rejects.toMatchObject({ code: 'HUB_OVERLOADED' });
  waiting = 0;
  for (let open = false; !open; )
    open = await held.admit().then(
      () => true,
      () => new Promise((r) => setTimeout(r, 5, false)),
    );
});
