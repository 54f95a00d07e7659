import { assessImpact } from './impact';
import { ShopFloor } from './shop-floor.example';
import { compareWhatIf } from './what-if';

test('a what-if is compared with what then really happened', () => {
  const floor = new ShopFloor().order('1000002', 10).order('1000003', 6);
  const foreseen = assessImpact({ ...floor.question, diff: floor.diff });
  floor
    .report('1000002', '0010', { consumed: [['SEAL-EPDM', '2']] })
    .order('1000009', 1)
    .open();
  expect(compareWhatIf(foreseen, floor.change)).toMatchObject([
    {
      orderId: '1000002',
      foreseen: { state: 'not-started', action: 'apply' },
      happened: { state: 'component-consumed', action: 'hold+ask', standing: 'waiting' },
      cameTrue: false,
    },
    { orderId: '1000003', cameTrue: true },
    { orderId: '1000009', cameTrue: false },
  ]);
});
