import type { OperationsDefinition } from '../change/shapes';
import type { Reads } from '../storage/store';

/**
 * A product's operations definition in a revision, from the history of what the hub has been given; without one, or
 * where it is the present one, as it is now. `undefined`: never seen.
 */
export async function definitionIn(
  reads: Reads,
  product: string,
  revision: string | undefined,
): Promise<OperationsDefinition | undefined> {
  const current = await reads.getObject('OperationsDefinition', product);
  const now = current?.body as OperationsDefinition | undefined;
  if (now === undefined || revision === undefined || now.version === revision) return now;
  const versions = await reads.objectVersions('OperationsDefinition', product);
  for (const { version } of versions.slice(1)) {
    const earlier = await reads.getObject('OperationsDefinition', product, { version });
    const body = earlier?.body as OperationsDefinition | undefined;
    if (body?.version === revision) return body;
  }
  return undefined;
}
