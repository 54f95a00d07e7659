import type { Command } from 'commander';
import type { AsBuilt } from '../change/as-built';
import { asBuiltPage } from '../change/as-built-page';
import type { ChangeView } from '../change-desk/view';
import { hubClient } from '../client';
import type { Remote } from './change-input';
import { remote } from './messages';
import { action, answer } from './output';

/** What comes after a change was carried out, or came to nothing: undo, retry, as-built. */
export function addAfterwards(change: Command): void {
  remote(change.command('undo'))
    .argument('<id>', 'id of a change')
    .summary('take a change back')
    .description('Takes a change back in reverse order as far as systems allow, and lists what cannot be.')
    .requiredOption('--by <name>', 'who takes it back')
    .requiredOption('--reason <text>', 'why')
    .addHelpText(
      'after',
      '\nExample:\n  esperanto change undo 01jd0000000000000000000000 --by Ines --reason "FKM batch is blocked"',
    )
    .action(
      action(async (id: string, { hub, json, by, reason }: Remote & { by: string; reason: string }) => {
        const view = await hubClient(hub).post<ChangeView>(`/changes/${encodeURIComponent(id)}/undo`, {
          by,
          reason,
        });
        answer({ json }, { ok: true, change: view }, view.page);
      }),
    );

  remote(change.command('retry'))
    .argument('<id>', 'id of a change')
    .argument('<command>', 'id of a command that failed')
    .summary('send a failed command again')
    .description('Sends a failed command again, and what was dropped because of it.')
    .addHelpText(
      'after',
      '\nExample:\n  esperanto change retry 01jd0000000000000000000000 01jd0000000000000000000000/replan/1000002/1',
    )
    .action(
      action(async (id: string, commandId: string, { hub, json }: Remote) => {
        const path = `/changes/${encodeURIComponent(id)}/retry`;
        const view = await hubClient(hub).post<ChangeView>(path, { commandId });
        answer({ json }, { ok: true, change: view }, view.page);
      }),
    );

  remote(change.command('as-built'))
    .argument('<order>', 'number of an order')
    .summary('show an order as planned against as built')
    .description(
      'Shows revisions, components and deviations of each operation, and the decisions in between.',
    )
    .addHelpText('after', '\nExample:\n  esperanto change as-built 1000002')
    .action(
      action(async (orderId: string, { hub, json }: Remote) => {
        const built = await hubClient(hub).get<AsBuilt>(`/orders/${encodeURIComponent(orderId)}/as-built`);
        answer({ json }, { ok: true, asBuilt: built }, asBuiltPage(built));
      }),
    );
}
