import { decide } from './decide';
import { changePage } from './page';
import { zone } from './pv-100.example';
import { ShopFloor } from './shop-floor.example';

const floor = new ShopFloor()
  .order('1000001', 4)
  .order('1000002', 10)
  .order('1000003', 6)
  .report('1000001', '0010', { state: 'Completed', good: '4' })
  .report('1000001', '0020', { state: 'Completed', good: '4' })
  .report('1000002', '0010', { state: 'Running', good: '5', consumed: [['SEAL-EPDM', '10']] })
  .open();
const page = () => changePage(floor.change, floor.commands, zone);

test('a page says first what is asked, then what changes, whom it hits, and what each answer would mean', () => {
  expect(page()).toBe(`Change C (ECN-2001): planned
PV-100: revision A → B
>> 1 order waits for your decision, the first before Mon 2 Mar 2026 12:00.
   esperanto change decide C approve | reject | defer | extend --order <number> --by <name> --reason <text>
Opened Mon 2 Mar 2026 08:00, rules version 1

What changes
  - Operation 0010: parameter PressForce changes from 12.5 kN to 14.0 kN.
  - Operation 0010: SEAL-EPDM (2 PCE) is replaced by SEAL-FKM (2 PCE).
  - Operation 0020: SCREW-M8 changes from 8 PCE to 6 PCE.

Whom it hits
  1000002  WAITS FOR YOUR DECISION  [line-feeding]
      A component that changes has already been consumed. What it hits is held until the supervisor decides.
      operation 0010: a component that changes is used already, is held until you decide
      operation 0020: not begun, may change without asking
      approve: what is made and used stays, the rest is made in the new form: SEAL-EPDM: 10 PCE less, SCREW-M8: 20 PCE less, SEAL-FKM: 10 PCE more
      reject: it goes on in its old form to its end
      decide before Mon 2 Mar 2026 12:00, else it stays as it is
  1000001  stays as it is  [line-feeding]
      The order is done. It stays as it is.
  1000003  is changed by the rules  [line-feeding]
      What changes has not begun on this order. The rules let the change be applied without asking.

What supply has to follow
  - SEAL-EPDM: 22 PCE less on 2026-03-02
  - SCREW-M8: 32 PCE less on 2026-03-02
  - SEAL-FKM: 22 PCE more on 2026-03-02
    if all orders that wait are approved

What has been done
  [to come] The MES holds operation 0010 of order 1000002 (MATERIAL-CHANGE): ECN-2001 waits for a decision.
  [to come] PRESS-01 pauses job 1000002-0010.
  [to come] The MES takes order 1000003 in its new form.
  [to come] The ERP has the new component list of order 1000003.
  [to come] PRESS-01 takes job 1000003-0010 in its new form.
  [to come] Planning gives a new plan that knows the changed order 1000003.
`);
});

test('once it is decided the page says who did, when, why and with what, and what came of it', () => {
  const by = { by: 'Ines', reason: 'the first lot is watched' };
  const additions = {
    instructions: [{ segmentId: '0020', text: 'Check each seal' }],
    supply: [{ segmentId: '0020', lineId: '0040', material: 'LUBE-02' }],
  };
  floor.change = decide(floor.change, { orderIds: 'all', action: 'extend', additions, ...by }, floor.now);
  floor.plan().run();
  const told = page();
  expect(told).toContain(`  1000002  approved with additions  [line-feeding]
      It was decided on as it stood: a component that changes is used already.
      Mon 2 Mar 2026 08:00: Ines: extend, what is left to be made, with line 0020/0040 from LUBE-02, operation 0020: "Check each seal". the first lot is watched
`);
  expect(told).toContain('Everything is decided, and every system has taken it.');
  expect(told).toContain('[done] PRESS-01 reads back PressForce 14.0. 2 Mar 08:00:00');
});

test('what failed comes first, with the way to try it again', () => {
  const failing = new ShopFloor().order('1000003', 6).open();
  failing
    .send('order-change/1000003/1')
    .answer('order-change/1000003/1', { kind: 'failed', problem: 'blocked' });
  const told = changePage(failing.change, failing.commands, zone);
  expect(told).toContain('>> 1 command has failed, see below: esperanto change retry C <command>');
  expect(told).toContain(`What has been done
  [FAILED] The MES takes order 1000003 in its new form. (blocked)`);
  expect(told).toContain('C/order-change/1000003/1');
});
