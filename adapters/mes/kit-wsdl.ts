const NAMESPACE = 'http://www.mesa.org/xml/B2MML';

/** The transactions that the small MES takes, with what it answers. */
const verbs = { Process: 'Acknowledge', Change: 'Respond', Cancel: '', Sync: '' } as const;
const nouns = [
  'OperationsSchedule',
  'OperationsPerformance',
  'OperationsDefinition',
  'OperationsCapability',
  'MaterialDefinition',
  'Equipment',
  'WorkSchedule',
];
const operations = nouns.flatMap((noun) =>
  Object.entries(verbs).map(
    ([verb, answer]) => [verb + noun, answer ? answer + noun : 'ConfirmBOD'] as const,
  ),
);
export const operationNames: readonly string[] = operations.map(([name]) => name);

/** WSDL of the small MES's endpoint, with open content: an MES publishes its own, not one made by its partners. */
export function mesWsdl(address: string): string {
  const elements = [...new Set(operations.flat())];
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:m="urn:mes" xmlns:b="${NAMESPACE}" targetNamespace="urn:mes">
<types><xs:schema targetNamespace="${NAMESPACE}" elementFormDefault="qualified">
${elements.map((name) => `<xs:element name="${name}"><xs:complexType><xs:sequence><xs:any processContents="skip" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>`).join('\n')}
</xs:schema></types>
${elements.map((name) => `<message name="${name}"><part name="body" element="b:${name}"/></message>`).join('\n')}
<portType name="Execution">
${operations.map(([name, answer]) => `<operation name="${name}"><input message="m:${name}"/><output message="m:${answer}"/></operation>`).join('\n')}
</portType>
<binding name="Execution" type="m:Execution"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
${operations.map(([name]) => `<operation name="${name}"><soap:operation soapAction="${NAMESPACE}/${name}"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>`).join('\n')}
</binding>
<service name="Mes"><port name="Execution" binding="m:Execution"><soap:address location="${address}"/></port></service>
</definitions>
`;
}
