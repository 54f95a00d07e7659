import type { CanonicalObject } from '../../model/message';
import type { Definition, StateChange } from '../definitions/desk';
import type { Revision } from '../definitions/lifecycle';
import type { ApiContext } from './context';

interface At {
  readonly noun: string;
  readonly id: string;
}
interface Draft {
  readonly noun: string;
  readonly definition: CanonicalObject;
  readonly by: string;
  readonly why: string;
}
/** As GraphQL spells them: its enumerations know no spaces. */
type StateArgs = At & { revision: string; state: string } & Omit<StateChange, 'state'>;

const spelled = <T extends Revision>(revision: T) => ({
  ...revision,
  state: revision.state.replace(' ', '_'),
  notes: revision.notes.map((note) => ({ ...note, state: note.state.replace(' ', '_') })),
});

/** What GraphQL knows of definitions and their revisions; the same desk stands behind it as behind REST. */
export function definitionResolvers({ definitions }: Pick<ApiContext, 'definitions'>) {
  return {
    Query: {
      definition: async (_: unknown, { noun, id, ...as }: At & { revision?: string; at?: string }) =>
        spelled(await definitions.read(noun, id, as)),
      revisions: async (_: unknown, { noun, id, at }: At & { at?: string }) =>
        (await definitions.revisions(noun, id, at)).map(spelled),
      effectivityIssues: (_: unknown, { noun, id }: At) => definitions.issues(noun, id),
    },
    Mutation: {
      keepDraft: async (_: unknown, { noun, definition, ...said }: Draft): Promise<Definition> =>
        spelled(await definitions.keepDraft(noun, definition, said)) as Definition,
      setDefinitionState: async (_: unknown, { noun, id, revision, state, ...said }: StateArgs) => {
        const change = { ...said, state: state.replace('_', ' ') as StateChange['state'] };
        return spelled(await definitions.setState(noun, id, revision, change));
      },
    },
  };
}
