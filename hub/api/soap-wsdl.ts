import { escapeXml } from '../../adapters/transports/soap-envelope';
import { transactionSchema } from './soap-schema';

const B2MML_NAMESPACE = 'http://www.mesa.org/xml/B2MML';
/** Of the fault detail: `{code, kind, where, what, value, todo, issue*}`. */
export const REFUSAL_NAMESPACE = 'urn:esperanto:refusal';
const SERVICE_NAMESPACE = 'urn:esperanto:b2mml';

/** The nouns that the WSDL names. The endpoint takes every transaction that the B2MML codec reads. */
const nouns = [
  'OperationsSchedule',
  'OperationsPerformance',
  'OperationsDefinition',
  'OperationsCapability',
  'MaterialDefinition',
  'MaterialLot',
  'Equipment',
  'PhysicalAsset',
  'ProcessSegment',
  'WorkSchedule',
  'WorkPerformance',
] as const;

/** What part 5 of the standard answers to each verb; where it names no answer, the confirmation of receipt. */
const answers = {
  Process: (noun: string) => `Acknowledge${noun}`,
  Change: (noun: string) => `Respond${noun}`,
  Sync: () => 'ConfirmBOD',
  Cancel: () => 'ConfirmBOD',
  Get: () => 'ConfirmBOD',
  Show: () => 'ConfirmBOD',
  Acknowledge: () => 'ConfirmBOD',
  Respond: () => 'ConfirmBOD',
} as const;

interface Operation {
  readonly name: string;
  readonly answer: string;
}

const operations: readonly Operation[] = nouns.flatMap((noun) =>
  Object.entries(answers).map(([verb, answer]) => ({ name: verb + noun, answer: answer(noun) })),
);
const elements = [...operations.map(({ name }) => name), 'ConfirmBOD'];

/** SOAPAction of an operation. The endpoint does not depend on it: the body's element says what it is. */
const actionOf = (operation: string) => `${B2MML_NAMESPACE}/${operation}`;

/**
 * The WSDL 1.1 of one system's endpoint: document/literal, one operation a transaction, a port for SOAP 1.1 and
 * one for 1.2, with a schema of everything that the transactions hold.
 */
export function wsdlFor(address: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions name="B2MML" targetNamespace="${SERVICE_NAMESPACE}" xmlns:tns="${SERVICE_NAMESPACE}" xmlns:b2mml="${B2MML_NAMESPACE}" xmlns:refusal="${REFUSAL_NAMESPACE}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<wsdl:documentation>B2MML transactions, answered once they are stored. The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International.</wsdl:documentation>
<wsdl:types>
${transactionSchema(elements)}${refusalSchema}</wsdl:types>
${elements.map(messageOf).join('\n')}
<wsdl:message name="Refusal"><wsdl:part name="detail" element="refusal:Refusal"/></wsdl:message>
<wsdl:portType name="Transactions">
${operations.map(portTypeOperation).join('\n')}
</wsdl:portType>
${binding('Soap11', 'soap')}
${binding('Soap12', 'soap12')}
<wsdl:service name="B2MML">
<wsdl:port name="Soap11" binding="tns:Soap11"><soap:address location="${escapeXml(address)}"/></wsdl:port>
<wsdl:port name="Soap12" binding="tns:Soap12"><soap12:address location="${escapeXml(address)}"/></wsdl:port>
</wsdl:service>
</wsdl:definitions>
`;
}

const refusalSchema = `
<xsd:schema targetNamespace="${REFUSAL_NAMESPACE}" elementFormDefault="qualified">
<xsd:element name="Refusal"><xsd:complexType><xsd:sequence>
<xsd:element name="code" type="xsd:string"/>
<xsd:element name="kind" type="xsd:string"/>
<xsd:element name="where" type="xsd:string" minOccurs="0"/>
<xsd:element name="what" type="xsd:string"/>
<xsd:element name="value" type="xsd:string" minOccurs="0"/>
<xsd:element name="todo" type="xsd:string"/>
<xsd:element name="issue" type="xsd:string" minOccurs="0" maxOccurs="unbounded"/>
</xsd:sequence></xsd:complexType></xsd:element>
</xsd:schema>
`;

const messageOf = (element: string) =>
  `<wsdl:message name="${element}"><wsdl:part name="transaction" element="b2mml:${element}"/></wsdl:message>`;

const portTypeOperation = ({ name, answer }: Operation) =>
  `<wsdl:operation name="${name}"><wsdl:input message="tns:${name}"/><wsdl:output message="tns:${answer}"/><wsdl:fault name="Refusal" message="tns:Refusal"/></wsdl:operation>`;

function binding(name: string, soap: 'soap' | 'soap12'): string {
  const bound = operations.map(
    (operation) =>
      `<wsdl:operation name="${operation.name}"><${soap}:operation soapAction="${actionOf(operation.name)}" style="document"/>` +
      `<wsdl:input><${soap}:body use="literal"/></wsdl:input><wsdl:output><${soap}:body use="literal"/></wsdl:output>` +
      `<wsdl:fault name="Refusal"><${soap}:fault name="Refusal" use="literal"/></wsdl:fault></wsdl:operation>`,
  );
  return `<wsdl:binding name="${name}" type="tns:Transactions"><${soap}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
${bound.join('\n')}
</wsdl:binding>`;
}
