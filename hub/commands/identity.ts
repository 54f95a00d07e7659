import type { Command } from 'commander';
import { hubClient } from '../client';
import type { Imported, Said as SaidLink } from '../identity/desk';
import type { IdentityLink, IdentityQuestion } from '../storage/store';
import { columns } from './columns';
import { linksIn } from './identity-csv';
import { remote } from './messages';
import { action, answer, type CommonOptions } from './output';
import { readText } from './read-file';

interface Remote extends CommonOptions {
  hub: string;
}
interface Said extends Remote {
  by: string;
  why: string;
}

/** So many links go to the hub at once: it keeps all of them or none. */
const portion = 500;

export function addIdentity(program: Command): void {
  const identity = program
    .command('identity')
    .summary('which id of which system is which object: import, list, possible, link, unlink');
  addImport(identity);
  addList(identity);
  addSaying(identity);
}

const said = (command: Command) =>
  remote(command)
    .option('--by <name>', 'who', process.env.USER ?? 'unknown')
    .requiredOption('--why <reason>', 'for which reason');

function addImport(identity: Command): void {
  said(identity.command('import'))
    .argument('<file>', 'CSV with the columns system,noun,nativeId,canonicalId and, if wanted, alternative')
    .summary('take in a list of links')
    .description(
      'Takes in links from CSV. What a person has linked or unlinked stays as it is, and is shown; exit 1 says that there was such a line.',
    )
    .addHelpText('after', '\nExample:\n  esperanto identity import machines.csv --why "list of 2026"')
    .action(
      action(async (file: string, { hub, by, why, json }: Said) => {
        const links = linksIn(readText(file), file);
        const client = hubClient(hub);
        const all = { linked: 0, unchanged: 0, kept: [] as IdentityLink[] };
        for (let n = 0; n < links.length; n += portion) {
          const part = { links: links.slice(n, n + portion), by, why };
          const { linked, unchanged, kept } = await client.post<Imported>('/identities/import', part);
          all.linked += linked;
          all.unchanged += unchanged;
          all.kept.push(...kept);
        }
        const text = `${all.linked} linked, ${all.unchanged} stood there already, ${all.kept.length} stay as a person has said`;
        answer(
          { json },
          { ok: all.kept.length === 0, ...all },
          [text, ...(all.kept.length > 0 ? [table(all.kept)] : [])].join('\n'),
        );
      }),
    );
}

function addList(identity: Command): void {
  remote(identity.command('list'))
    .summary('list links, in the order of their last writing')
    .description('Lists links between native and canonical ids, with who made them, when and why.')
    .option('--system <name>', 'only of this system')
    .option('--noun <noun>', 'only of this noun, e.g. Equipment')
    .option('--native <id>', 'only of this native id')
    .option('--canonical <id>', 'only of this object')
    .option('--limit <n>', 'at most this many', '1000')
    .addHelpText('after', '\nExample:\n  esperanto identity list --noun Equipment --canonical PRESS-01')
    .action(
      action(async ({ hub, json, native, canonical, ...filter }: Remote & Record<string, string>) => {
        const wanted = Object.entries({ ...filter, nativeId: native, canonicalId: canonical }).filter(
          (pair): pair is [string, string] => pair[1] !== undefined,
        );
        const { identities } = await hubClient(hub).get<{ identities: IdentityLink[] }>(
          `/identities?${new URLSearchParams(wanted)}`,
        );
        answer({ json }, { ok: true, identities }, identities.length > 0 ? table(identities) : 'none');
      }),
    );

  remote(identity.command('possible'))
    .summary('list ids that may mean one of several')
    .description('Lists ids that mappings met and that nobody is certain about: link or unlink each.')
    .addHelpText('after', '\nExample:\n  esperanto identity possible')
    .action(
      action(async ({ hub, json }: Remote) => {
        const { possible } = await hubClient(hub).get<{ possible: IdentityQuestion[] }>(
          '/identities/possible',
        );
        const rows = possible.map(({ system, noun, direction, id, candidates }) => [
          system,
          noun,
          direction === 'in' ? id : candidates.join(' or '),
          direction === 'in' ? candidates.join(' or ') : id,
        ]);
        const text = columns([['system', 'noun', 'native', 'canonical'], ...rows]);
        answer({ json }, { ok: true, possible }, rows.length > 0 ? text : 'none');
      }),
    );
}

function addSaying(identity: Command): void {
  said(identity.command('link'))
    .argument('<system>', 'a system of hub.yaml')
    .argument('<noun>', 'e.g. Equipment')
    .argument('<native>', 'the id in that system')
    .argument('<canonical>', 'the id of the object')
    .option('--alternative', 'the id also means the object, but is never written to the system')
    .summary('say which object a native id is')
    .description(
      'Links a native id with an object. No import and no rule changes that; what waited for it goes on.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  esperanto identity link alm Equipment 11430 PRESS-01 --why "seen on the nameplate"',
    )
    .action(
      action(
        async (
          system: string,
          noun: string,
          nativeId: string,
          canonicalId: string,
          { hub, by, why, json, alternative = false }: Said & { alternative?: boolean },
        ) => {
          const link = await hubClient(hub).post<SaidLink>('/identities', {
            ...{ system, noun, nativeId, canonicalId, alternative },
            ...{ by, why },
          });
          answer({ json }, { ok: true, identity: link }, shown(link));
        },
      ),
    );

  said(identity.command('unlink'))
    .argument('<system>', 'a system of hub.yaml')
    .argument('<noun>', 'e.g. Equipment')
    .argument('<native>', 'the id in that system')
    .summary('say that a native id is linked with nothing')
    .description('Takes a link back. No import and no rule makes it again; only a person does.')
    .addHelpText('after', '\nExample:\n  esperanto identity unlink alm Equipment 11430 --why "scrapped"')
    .action(
      action(async (system: string, noun: string, nativeId: string, { hub, by, why, json }: Said) => {
        const query = new URLSearchParams({ system, noun, nativeId, by, why });
        const link = await hubClient(hub).delete<SaidLink>(`/identities?${query}`);
        answer({ json }, { ok: true, identity: link }, shown(link));
      }),
    );
}

function shown({ replaced, ...link }: SaidLink): string {
  const before = replaced ? ['in the place of', table([replaced])] : [];
  return [table([link]), ...before].join('\n');
}

function table(links: readonly IdentityLink[]): string {
  const rows = links.map((link) => [
    link.system,
    link.noun,
    link.nativeId,
    link.canonicalId || '(none)',
    [...(link.manual ? ['manual'] : []), ...(link.alternative ? ['alternative'] : [])].join(', '),
    link.by,
    link.at,
    link.why,
  ]);
  return columns([['system', 'noun', 'native', 'canonical', 'kind', 'by', 'at', 'why'], ...rows]);
}
