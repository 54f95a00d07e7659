import Ajv2020 from 'ajv/dist/2020';
import { formats } from '../formats';
import type { Schema } from '../schema-document';
import { definitions } from '../validator';

let ajv: Ajv2020 | undefined;

/** Bare ajv over a schema of the model, as anybody would set it up: what our validators are held against. */
export function bareValidator(schema: Schema): (value: unknown) => boolean {
  if (ajv === undefined) {
    // Inlined, as ajv would have it, these schemas become functions too large to be optimised: 3 to 5 times slower.
    ajv = new Ajv2020({ strict: false, validateSchema: false, inlineRefs: false });
    for (const [name, holds] of Object.entries(formats)) ajv.addFormat(name, holds);
    ajv.addSchema({ $id: 'bare', $defs: definitions() });
  }
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"bare#/$defs/')) as object);
}
