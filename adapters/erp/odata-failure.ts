import { HubError } from '../../model/errors';

/** What SAP says in the body of a refusal. */
export interface SapMessage {
  /** Message class and number, e.g. `RU/505`; absent when the body is none of SAP's. */
  readonly code?: string;
  /** The message and the further ones behind it, for people. */
  readonly text: string;
}

const SHOWN_CHARACTERS = 500;

/**
 * SAP's refusal as a failure. `at` is method and path, e.g. `POST /sap/…/ProdnOrdConf2`: a read that fails has changed nothing.
 * The reason is SAP's own text without `secret`, should it be repeated there.
 */
export function refusal(status: number, body: string, at: string, secret: string): HubError {
  const said = sapMessage(body);
  const reason = secret ? said.text.replaceAll(secret, '***') : said.text;
  const message = `the ERP answered ${status}: ${reason}`;
  const detail = { at, value: { status, ...(said.code ? { code: said.code } : {}) } };
  if (status === 423 || saysLocked(said)) return new HubError('HUB_BUSY', message, detail);
  if (status < 500) return new HubError('HUB_REJECTED', message, detail);
  const isRead = /^(GET|HEAD) /.test(at);
  return new HubError('HUB_FAILED', message, { ...detail, kind: isRead ? 'transient' : 'ambiguous' });
}

/**
 * Reads `{"error":{"code":"…","message":{"lang":"en","value":"…"},"innererror":{"errordetails":[{"code","message"}]}}}`.
 * A gateway in between answers HTML or nothing: then the text is what there is.
 */
export function sapMessage(body: string): SapMessage {
  const error = errorOf(body);
  if (!error) return { text: shorten(body.replace(/<[^>]*>/g, ' ')) || 'no reason given' };
  const details = Array.isArray(error.innererror?.errordetails) ? error.innererror.errordetails : [];
  const texts = [error.message?.value, ...details.map((detail) => detail?.message)];
  const told = [...new Set(texts.filter((text): text is string => typeof text === 'string' && text !== ''))];
  return {
    ...(error.code ? { code: error.code } : {}),
    text: shorten(told.join(' / ')) || 'no reason given',
  };
}

interface ODataError {
  code?: string;
  message?: { value?: string };
  innererror?: { errordetails?: ({ message?: string } | null)[] };
}

function errorOf(body: string): ODataError | undefined {
  try {
    return (JSON.parse(body) as { error?: ODataError } | null)?.error;
  } catch {
    return undefined;
  }
}

/**
 * SAP locks an order while somebody works on it and reports that as 400 or 500 with a text. Such a lock goes away by itself.
 * An order whose status is "locked" (LKD) does not: the words differ.
 */
export function saysLocked({ text }: SapMessage): boolean {
  return /\blocked by\b|(is|being) (currently )?(being )?(processed|edited) by|gesperrt durch|von Benutzer .* gesperrt|wird (gerade )?(von|durch) .* bearbeitet/i.test(
    text,
  );
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
}
