#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { hubVersion } from './api/version';
import { addChange } from './commands/change';
import { addConvert } from './commands/convert';
import { addCoverage } from './commands/coverage';
import { addDemo } from './commands/demo';
import { addDoctor } from './commands/doctor';
import { addIdentity } from './commands/identity';
import { addInit } from './commands/init';
import { addJobs } from './commands/jobs';
import { addKit } from './commands/kit';
import { addMap } from './commands/map';
import { addMappingCommands } from './commands/mappings';
import { addMessages } from './commands/messages';
import { addMigrate } from './commands/migrate';
import { addOperate } from './commands/operate';
import { addSpec } from './commands/specification';
import { addStart } from './commands/start';
import { addWorker } from './commands/worker';

const program = new Command('esperanto')
  .description(
    'The ISA-95 integration hub: a factory’s systems talk through it, and a change reaches orders that are running.',
  )
  .version(hubVersion)
  // `convert --version V0600` is the command's own.
  .enablePositionalOptions()
  .showHelpAfterError('(see --help)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

addInit(program);
addStart(program);
addWorker(program);
addMigrate(program);
addDemo(program);
addMappingCommands(program);
addCoverage(program);
addMap(program);
addSpec(program);
addConvert(program);
addMessages(program);
addOperate(program);
addJobs(program);
addChange(program);
addIdentity(program);
addKit(program);
addDoctor(program);

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

program.parseAsync().catch((error: unknown) => {
  // Commander has printed its message: asking for help is fine, anything else is wrong use.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else throw error;
});
