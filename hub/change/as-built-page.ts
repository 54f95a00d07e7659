import type { AsBuilt, BuiltPiece } from './as-built';

/** As built, as plain text for people. */
export function asBuiltPage({ orderId, planned, operations, pieces, decisions }: AsBuilt): string {
  const lines = [`Order ${orderId}, planned to revision ${planned ?? '?'}`];
  for (const { id, state, revisions: inForce, components, parameters, because = [] } of operations) {
    lines.push('', `Operation ${id}: ${state}, made to ${inForce.join(', then ') || 'no known revision'}`);
    for (const { material, unit, planned: asked, used, deviation } of components)
      lines.push(`  ${material}: ${used} of ${asked} ${unit}${noted(deviation)}`);
    for (const { id: name, unit = '', planned: asked, measured, deviation } of parameters) {
      const values = [...new Set(measured.map(({ value }) => value))].join(', ') || 'not measured';
      const wanted = asked === undefined ? '' : `, planned ${asked}`;
      lines.push(`  ${`${name}: ${values}${wanted} ${unit}`.trimEnd()}${noted(deviation)}`);
    }
    for (const decision of because) lines.push(`  decided: ${decision}`);
  }
  for (const piece of pieces) lines.push('', ...toldOf(piece));
  for (const { reference, action, by, at, reason } of decisions) {
    lines.push('', `${reference}: ${action} by ${by} at ${at}: ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}

const noted = (deviation: string | undefined) => (deviation === undefined ? '' : `  (${deviation})`);

function toldOf({ serial, operations }: BuiltPiece): string[] {
  const lines = [`Serial number ${serial}`];
  for (const { id, revisions, materials, values } of operations) {
    const told = [
      ...materials.map(({ material, lot, serials = [] }) =>
        [material, lot, ...serials].filter(Boolean).join(' '),
      ),
      ...values.map(({ id: name, value, unit = '' }) => `${name} ${value} ${unit}`.trimEnd()),
    ];
    lines.push(`  ${id}: ${[revisions.join(', then '), ...told].filter(Boolean).join('; ')}`);
  }
  return lines;
}
