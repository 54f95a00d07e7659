/** For tests: a project with a mapping that goes both ways, its code table, and a flow to an MES. */
export const shop = {
  'hub.yaml': `plant: { id: "1", timeZone: Europe/Berlin }
systems:
  pdm:
    adapter: plm-json
    settings: {}
    reads:
      ProductRevision: shop/part
  mes:
    adapter: b2mml-soap
    settings: { url: "http://127.0.0.1:1/soap" }
    reads:
      B2MML: b2mml/transaction
flows:
  - name: parts to the MES
    on: { noun: MaterialDefinition, from: [pdm] }
    to:
      - { system: mes, map: b2mml/transaction }
`,
  'codes/shop-unit.yaml': 'entries: { pcs: PCE, kg: KG }\n',
  'mappings/shop/native/Part.schema.json': JSON.stringify({
    type: 'object',
    required: ['number'],
    properties: {
      number: { type: 'string', description: 'What the part is called.' },
      name: { type: 'string' },
      unit: { type: 'string' },
      clerk: { type: 'string' },
    },
  }),
  'mappings/shop/part.map.yaml': `version: "1"
about: A part of the shop is a material definition.
direction: both
native: shop/Part
records: [ProductRevision]
message: { verb: Sync, noun: MaterialDefinition }
key: id
rules:
  - { set: id, from: number }
  - { set: "description[0]", from: name, optional: true }
  - set: materialDefinitionProperty
    when: unit exists
    item:
      - { set: id, value: Unit }
      - { set: "value[0].valueString", from: unit, codes: shop-unit }
unused:
  clerk: People stay in the shop.
`,
  'mappings/shop/part.cases.yaml': `- case: a part becomes a material
  input: { number: A1, name: Bolt, unit: pcs }
  output:
    id: A1
    description: [Bolt]
    materialDefinitionProperty: [{ id: Unit, value: [{ valueString: PCE }] }]
`,
} as const;
