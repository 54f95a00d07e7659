import type { Command } from 'commander';
import type { Foresight } from '../change/what-if';
import type { ChangeView } from '../change-desk/view';
import { hubClient } from '../client';
import { definitionIn, impactOf, type Remote } from './change-input';
import { remote } from './messages';
import { action, answer } from './output';

/** What would be, and whether it then was: what-if and compare. */
export function addWhatIf(change: Command): void {
  remote(change.command('what-if'))
    .argument('<definition>', 'file with a revision that is not published yet, canonical JSON')
    .summary('difference, impact and commands of a revision, with nothing sent')
    .description(
      'Asks the hub what a revision would mean for the orders as they stand now. Nothing is sent, and nothing kept unless asked for.',
    )
    .option('--keep', 'keep it, to be compared with what then comes')
    .addHelpText('after', '\nExample:\n  esperanto change what-if pv-100-b.json --keep')
    .action(
      action(async (file: string, { hub, json, keep = false }: Remote & { keep?: boolean }) => {
        const view = await hubClient(hub).post<ChangeView>(
          `/changes/what-if?keep=${keep}`,
          definitionIn(file),
        );
        answer({ json }, { ok: true, id: view.id, ...impactOf(view), page: view.page }, view.page);
      }),
    );

  remote(change.command('compare'))
    .argument('<what-if>', 'id of a what-if that was kept')
    .argument('[change]', 'id of the change that came (default: the next one of that product)')
    .summary('hold what was foreseen against what happened')
    .description('Shows for each order what a kept what-if foresaw, and what then came of it.')
    .addHelpText('after', '\nExample:\n  esperanto change compare 01jd0000000000000000000000')
    .action(
      action(async (id: string, changeId: string | undefined, { hub, json }: Remote) => {
        const asked = changeId === undefined ? '' : `?change=${encodeURIComponent(changeId)}`;
        const compared = await hubClient(hub).get<{ changeId: string; orders: Foresight[] }>(
          `/changes/what-if/${encodeURIComponent(id)}/comparison${asked}`,
        );
        const lines = compared.orders.map(
          ({ orderId, foreseen, happened, cameTrue }) =>
            `${orderId}  ${cameTrue ? 'as foreseen' : 'otherwise  '}  ${said(foreseen)} → ${said(happened)}`,
        );
        answer({ json }, { ok: true, ...compared }, lines.join('\n') || 'It hits no order.');
      }),
    );
}

const said = (seen: { state: string; action: string } | undefined) =>
  seen === undefined ? 'not concerned' : `${seen.state}: ${seen.action}`;
