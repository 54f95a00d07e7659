import type { FastifyInstance } from 'fastify';
import { HubError } from '../../model/errors';
import type { ApiContext } from './context';

const accepted = {
  type: 'object',
  properties: {
    accepted: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          record: {
            type: 'string',
            description: 'Id under which the hub keeps it: GET /records/{id} shows its way.',
          },
          type: { type: 'string' },
          key: { type: 'string', description: 'Business key: records of one key keep their order.' },
          duplicate: {
            type: 'boolean',
            description: 'True: it was known already; this copy has no further effect.',
          },
        },
      },
    },
  },
} as const;

/**
 * `POST /intake/<system>`: a document in that system's own words, of any content type. 202 means that it is kept
 * durably; what becomes of it is seen under /records/<id>. A repeated `Idempotency-Key` gets the first answer.
 */
export function addIntake(app: FastifyInstance, { intake }: ApiContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.post<{ Params: { system: string }; Headers: { 'idempotency-key'?: string } }>(
    '/intake/:system',
    {
      schema: {
        tags: ['intake'],
        summary: 'Hand a document to the hub',
        params: { type: 'object', properties: { system: { type: 'string' } }, required: ['system'] },
        response: { 202: accepted },
      },
    },
    async (request, reply) => {
      const contentType = request.headers['content-type'] ?? 'application/octet-stream';
      if (!(request.body instanceof Buffer) || request.body.length === 0) {
        throw new HubError('HUB_WRONG_USE', 'the body is empty', {
          todo: "Send the document as the request's body.",
        });
      }
      const raw = { contentType, text: decode(request.body, contentType) };
      return reply
        .code(202)
        .send(await intake.push(request.params.system, raw, request.headers['idempotency-key']));
    },
  );
}

/** Text of a body in the encoding that the header or the XML declaration names; UTF-8 otherwise. */
export function decode(body: Buffer, contentType: string): string {
  const declared = /^[\s\uFEFF]*<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(
    body.subarray(0, 200).toString('latin1'),
  );
  const encoding = /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1] ?? declared?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(body);
  } catch (cause) {
    const known = !(cause instanceof RangeError);
    const message = known ? `the body is not valid ${encoding}` : `the encoding '${encoding}' is not known`;
    throw new HubError('HUB_WRONG_USE', message, {
      value: encoding,
      todo: 'Send UTF-8, or name the encoding that is used.',
      cause,
    });
  }
}
