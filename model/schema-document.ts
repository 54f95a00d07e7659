/** The parts of JSON Schema (draft 2020-12) that the model uses. */
export interface Schema {
  $ref?: string;
  description?: string;
  type?: string | string[];
  const?: unknown;
  enum?: string[];
  format?: string;
  contentEncoding?: string;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  minItems?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
  'x-b2mml'?: Annotation;
}

/** How a type or property stands in B2MML. */
export interface Annotation {
  /** The name of the type in the standard's schemas. */
  type?: string;
  element?: string;
  attribute?: string;
  /** Place in the sequence, from 1. */
  order?: number;
  /** The extension group at this place; `any` where any element may stand, `none` where the standard has no place. */
  slot?: string;
  /** Elements with the same number may alternate; `_order` then keeps their order. */
  run?: number;
  /** The element stands in no namespace. */
  unqualified?: true;
  /** An enumeration that takes `Other` with the real value in the attribute OtherValue. */
  open?: true;
}

export interface SchemaDocument {
  $schema: string;
  $id: string;
  $comment: string;
  title: string;
  $defs: Record<string, Schema>;
}

export const acknowledgement =
  'The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International.';

export function emptyDocument(family: string): SchemaDocument {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${family}.schema.json`,
    $comment: `Written by model/import; change descriptions in descriptions.yaml. ${acknowledgement}`,
    title: family,
    $defs: {},
  };
}
