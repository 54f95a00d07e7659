#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { hubVersion } from './api/version';
import { addChange } from './commands/change';
import { addDemo } from './commands/demo';
import { addKit } from './commands/kit';
import { addMappingCommands } from './commands/mappings';
import { addMessages } from './commands/messages';
import { addStart } from './commands/start';

const program = new Command('esperanto')
  .description(
    'The ISA-95 integration hub: a factory’s systems talk through it, and a change reaches orders that are running.',
  )
  .version(hubVersion)
  .showHelpAfterError('(see --help)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

addStart(program);
addDemo(program);
addMappingCommands(program);
addMessages(program);
addChange(program);
addKit(program);

program.parseAsync().catch((error: unknown) => {
  // Commander has printed its message: asking for help is fine, anything else is wrong use.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else throw error;
});
