import type { Command } from 'commander';
import { action, type CommonOptions } from './output';

export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary("play the example plant's story on real protocols")
    .description(
      'Starts a plant of stand-ins (ERP, PLM, APS, ALM, MES, machine) and a hub, each in a process of its own, lets orders and a new revision travel through them, and checks what each system holds at the end. Exit 0 only if every expectation held.',
    )
    .option('--json', 'print {ok, steps, deliveries, p95Ms, failed}')
    .addHelpText('after', '\nExample:\n  esperanto demo')
    .action(
      action(async (options: CommonOptions) => {
        const { runDemo } = require('../demo/run') as typeof import('../demo/run');
        await runDemo(options);
      }),
    );
}
