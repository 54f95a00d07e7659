import type { Command } from 'commander';
import type { KitOptions } from '../../adapters/kit';
import { type AdapterName, adapterNames } from '../../adapters/names';
import { HubError } from '../../model/errors';
import { action, stopRequested } from './output';

interface Options {
  json?: boolean;
  port?: string;
  control?: string;
  hub?: string;
  system?: string;
  options?: string;
  withParent?: boolean;
}

export function addKit(program: Command): void {
  program
    .command('kit')
    .argument('<name>', `which: ${adapterNames.join(', ')}`)
    .summary('run the stand-in of a system')
    .description(
      'Runs the stand-in of a system in a process of its own. It speaks the real wire format on its own port and is steered over a control address: GET /config, GET /holds?what=, POST /emit {event, data}, POST /provoke {fault}.',
    )
    .option('--port <n>', 'port of the stand-in (default: a free one)')
    .option('--control <n>', 'port of the control address (default: a free one)')
    .option('--hub <url>', 'the hub to push to, for systems that push')
    .option('--system <name>', 'the name under which the hub knows this system')
    .option('--options <json>', 'further options of this kit, as JSON')
    .option('--with-parent', 'end when standard input ends')
    .option('--json', 'print the addresses as one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  esperanto kit frepple --port 8102 --hub http://127.0.0.1:8095 --system aps',
    )
    .action(
      action(async (name: string, options: Options) => {
        if (!(adapterNames as readonly string[]).includes(name)) {
          throw new HubError('HUB_WRONG_USE', `there is no kit '${name}'`, {
            value: name,
            todo: `Use one of: ${adapterNames.join(', ')}.`,
          });
        }
        const { kits } = require('../../adapters/kits') as typeof import('../../adapters/kits');
        const { serveKit } = require('../kit-process') as typeof import('../kit-process');
        const given = options.options === undefined ? {} : (JSON.parse(options.options) as KitOptions);
        const kit = await serveKit(
          kits[name as AdapterName],
          {
            ...given,
            ...(options.hub === undefined ? {} : { hubUrl: options.hub }),
            ...(options.system === undefined ? {} : { system: options.system }),
            ...(options.port === undefined ? {} : { port: Number(options.port) }),
          },
          Number(options.control ?? 0),
        );
        const { control } = kit;
        const { config } = kit.counterpart;
        process.stdout.write(
          options.json
            ? `${JSON.stringify({ ok: true, name, control, config })}\n`
            : `The stand-in '${name}' listens.\n  settings for hub.yaml  ${JSON.stringify(config)}\n  control                ${control}\n`,
        );
        const stopping = stopRequested(options.withParent);
        await stopping.requested;
        stopping.release();
        await kit.stop();
      }),
    );
}
