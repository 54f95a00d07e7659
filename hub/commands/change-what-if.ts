import type { Command } from 'commander';
import type { Foresight } from '../change/what-if';
import type { ChangeView } from '../change-desk/view';
import { hubClient } from '../client';
import { definitionIn, impactOf, type Remote } from './change-input';
import { remote } from './messages';
import { action, answer } from './output';

interface WhatIfOptions {
  readonly keep?: boolean;
  readonly revision?: string;
}

/** What would be, and whether it then was: what-if and compare. */
export function addWhatIf(change: Command): void {
  remote(change.command('what-if'))
    .argument(
      '<definition>',
      'file with a revision that is not published yet, canonical JSON; with --revision the id of a product',
    )
    .summary('difference, impact and commands of a revision, with nothing sent')
    .description(
      'Asks the hub what a revision would mean for the orders as they stand now. Nothing is sent, and nothing kept unless asked for.',
    )
    .option('--revision <name>', 'a draft that the hub keeps')
    .option('--keep', 'keep it, to be compared with what then comes')
    .addHelpText(
      'after',
      '\nExample:\n  esperanto change what-if pv-100-b.json --keep\n  esperanto change what-if PV-100 --revision C',
    )
    .action(
      action(async (of: string, { hub, json, revision, keep = false }: Remote & WhatIfOptions) => {
        const draft = `/definitions/OperationsDefinition/${encodeURIComponent(of)}/revisions/${encodeURIComponent(revision ?? '')}/what-if`;
        const view =
          revision === undefined
            ? await hubClient(hub).post<ChangeView>(`/changes/what-if?keep=${keep}`, definitionIn(of))
            : await hubClient(hub).post<ChangeView>(`${draft}?keep=${keep}`, {});
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
