import type { Issue } from '../errors';
import type { Message } from '../message';
import type { Version } from './tables';

export function fromOlder(
  message: Message,
  _version: Version,
  defects: Issue[],
): { message: Message; carried: Issue[]; notes: Issue[]; defects: Issue[] } {
  return { message, carried: [], notes: [], defects };
}

export function toOlder(message: Message, _version: Version): Message {
  return message;
}
