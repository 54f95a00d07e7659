import type { Command } from 'commander';
import { diffDefinitions } from '../change/diff';
import type { ChangeView, OrderView } from '../change-desk/view';
import { hubClient } from '../client';
import { addAfterwards } from './change-afterwards';
import { additionsIn, definitionIn, impactOf, type Remote, untilIn } from './change-input';
import { addWhatIf } from './change-what-if';
import { remote } from './messages';
import { action, answer, type CommonOptions } from './output';

export function addChange(program: Command): void {
  const change = program
    .command('change')
    .summary('changes taken into execution: diff, impact, what-if, list, show, decide, undo');

  change
    .command('diff')
    .argument('<before>', 'file with an OperationsDefinition, canonical JSON')
    .argument('<after>', 'file with the later revision')
    .summary('say in manufacturing terms what two revisions differ in')
    .description(
      'Compares two revisions of an operations definition by the identity of their lines, without a hub.',
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  esperanto change diff pv-100-a.json pv-100-b.json')
    .action(
      action(async (before: string, after: string, options: CommonOptions) => {
        const diff = diffDefinitions(definitionIn(before), definitionIn(after));
        const lines = diff.items.map(({ sentence }) => sentence);
        answer(options, { ok: true, diff }, lines.join('\n') || 'They say the same.');
      }),
    );

  addWhatIf(change);

  remote(change.command('impact'))
    .argument('<id>', 'id of a change')
    .summary('whom a change hits, and how badly')
    .description('Lists the orders that a change hits with severity, state and what is proposed.')
    .addHelpText('after', '\nExample:\n  esperanto change impact 01jd0000000000000000000000')
    .action(
      action(async (id: string, { hub, json }: Remote) => {
        const { orders } = impactOf({ orders: await allOrders(hub, id) });
        const lines = orders.map(
          (order) => `${order.id}  ${order.severity}, ${order.state}: ${order.action}`,
        );
        answer({ json }, { ok: true, orders }, lines.join('\n') || 'It hits no order.');
      }),
    );

  remote(change.command('list'))
    .summary('list changes, newest first')
    .description('Lists changes with their state.')
    .addHelpText('after', '\nExample:\n  esperanto change list')
    .action(
      action(async ({ hub, json }: Remote) => {
        const { changes } = await hubClient(hub).get<{ changes: ChangeView[] }>('/changes');
        const lines = changes.map(
          ({ id, objectId, reference, state, createdAt }) =>
            `${id}  ${createdAt}  ${objectId} ${reference}  ${state}`,
        );
        answer({ json }, { ok: true, changes }, lines.join('\n') || 'There is no change.');
      }),
    );

  remote(change.command('show'))
    .argument('<id>', 'id of a change')
    .summary('show a change as a page for people')
    .description('What changes, whom it hits, what is proposed, what has been decided and done.')
    .addHelpText('after', '\nExample:\n  esperanto change show 01jd0000000000000000000000')
    .action(
      action(async (id: string, { hub, json }: Remote) => {
        const view = await show(hub, id);
        answer({ json }, { ok: true, change: view }, view.page);
      }),
    );

  remote(change.command('decide'))
    .argument('<id>', 'id of a change')
    .argument('<action>', 'approve, defer, reject or extend')
    .summary('decide for orders that wait')
    .description("The supervisor's decision for some orders of a change, or for all that wait.")
    .requiredOption('--by <name>', 'who decides')
    .requiredOption('--reason <text>', 'why')
    .option('--order <id...>', 'for these orders (default: all that wait)')
    .option('--scope <scope>', 'remaining: what is made stays (default); all: it is made over again')
    .option(
      '--until <when>',
      'for defer: "operation 0020", a time such as 2026-03-02T14:00:00+01:00, or next-order',
    )
    .option('--instruction <operation=text...>', 'for extend: a further instruction')
    .option('--resource <operation=equipment...>', 'for extend: another machine or place')
    .option('--supply <operation/line=material...>', 'for extend: another material for a line')
    .option(
      '--additions <json>',
      'for extend: operations such as rework, and all of the above, as the API takes it',
    )
    .option('--seen <ground>', 'refuse the decision when the ground has moved since the change was looked at')
    .addHelpText(
      'after',
      '\nExamples:\n  esperanto change decide 01jd0000000000000000000000 approve --order 1000002 --by Ines --reason "stock allows it"' +
        '\n  esperanto change decide 01jd0000000000000000000000 defer --until "operation 0010" --by Ines --reason "no stop now"' +
        '\n  esperanto change decide 01jd0000000000000000000000 extend --instruction "0020=Check each seal" --by Ines --reason "first lot"',
    )
    .action(
      action(async (id: string, decision: string, options: Remote & DecideOptions) => {
        const { by, reason, order = [], until, scope, seen, hub, json } = options;
        const additions = additionsIn(options);
        const body = {
          orderIds: order,
          action: decision,
          by,
          reason,
          ...(scope === undefined ? {} : { scope }),
          ...(until === undefined ? {} : { until: untilIn(until) }),
          ...(additions === undefined ? {} : { additions }),
          ...(seen === undefined ? {} : { seen: Number(seen) }),
        };
        const view = await hubClient(hub).post<ChangeView>(
          `/changes/${encodeURIComponent(id)}/decisions`,
          body,
        );
        answer({ json }, { ok: true, change: view }, view.page);
      }),
    );

  addAfterwards(change);
}

interface DecideOptions {
  readonly by: string;
  readonly reason: string;
  readonly order?: string[];
  readonly scope?: string;
  readonly until?: string;
  readonly additions?: string;
  readonly instruction?: string[];
  readonly resource?: string[];
  readonly supply?: string[];
  readonly seen?: string;
}

/** All orders of a change, however many, page by page. */
async function allOrders(hub: string, id: string): Promise<OrderView[]> {
  const orders: OrderView[] = [];
  for (let after = ''; ; ) {
    const page = await hubClient(hub).get<ChangeView>(`/changes/${encodeURIComponent(id)}${after}`);
    orders.push(...page.orders);
    if (page.nextOrders === undefined) return orders;
    after = `?after=${page.nextOrders}`;
  }
}

function show(hub: string, id: string): Promise<ChangeView> {
  return hubClient(hub).get<ChangeView>(`/changes/${encodeURIComponent(id)}`);
}
