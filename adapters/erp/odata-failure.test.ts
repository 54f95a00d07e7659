import { refusal, sapMessage, saysLocked } from './odata-failure';

test("SAP's error body gives the message with its details, each once", () => {
  const error = {
    code: 'RU/505',
    message: { lang: 'en', value: 'Not possible' },
    innererror: { errordetails: [{ message: 'Not possible' }, { message: 'Order is closed' }] },
  };
  expect(sapMessage(JSON.stringify({ error }))).toEqual({
    code: 'RU/505',
    text: 'Not possible / Order is closed',
  });
});

test.each([
  ['<html><body>Proxy   error</body></html>', 'Proxy error'],
  ['', 'no reason given'],
  ['null', 'null'],
  ['{"error":{}}', 'no reason given'],
])('a body that is none of SAP: %j -> %s', (body, text) => {
  expect(sapMessage(body).text).toBe(text);
});

test.each([
  ['Order 1000001 is already being processed by MILLER', true],
  ['Order 1000001 is currently locked by user MILLER', true],
  ['Auftrag 1000001 ist von Benutzer MILLER gesperrt', true],
  ['Auftrag 1000001 wird gerade von MILLER bearbeitet', true],
  ['System status LKD (locked) is active', false],
  ['Plant 1000 is not maintained', false],
])('%s: a lock that goes away: %s', (text, locked) => {
  expect(saysLocked({ text })).toBe(locked);
});

const body = (value: string) => JSON.stringify({ error: { code: 'RU/1', message: { value } } });

test.each([
  // status  at               said                               code            kind
  [400, 'POST /x', 'Order is closed', 'HUB_REJECTED', 'permanent'],
  [404, 'POST /x', 'No such order', 'HUB_REJECTED', 'permanent'],
  [422, 'POST /x', 'Not possible', 'HUB_REJECTED', 'permanent'],
  [423, 'PATCH /x', 'Locked', 'HUB_BUSY', 'transient'],
  [400, 'POST /x', 'Order 1 is locked by MILLER', 'HUB_BUSY', 'transient'],
  [500, 'POST /x', 'Order 1 is locked by MILLER', 'HUB_BUSY', 'transient'],
  [500, 'POST /x', 'Short dump', 'HUB_FAILED', 'ambiguous'],
  [500, 'GET /x', 'Short dump', 'HUB_FAILED', 'transient'],
] as const)('%i to %s, "%s" -> %s, %s', (status, at, said, code, kind) => {
  expect(refusal(status, body(said), at, '').toJSON()).toMatchObject({
    code,
    kind,
    message: `the ERP answered ${status}: ${said}`,
  });
});

test('a reason that repeats the password is shown without it', () => {
  expect(refusal(400, body('no user with Wall-Nut'), 'POST /x', 'Wall-Nut').message).toContain(
    'user with ***',
  );
});
