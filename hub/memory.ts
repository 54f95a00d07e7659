import { setFlagsFromString } from 'node:v8';

/**
 * What a message needs is over within milliseconds. V8 remembers where objects once lasted longer, in a backlog, and from
 * then on puts new ones of these places among what lasts: at 50 orders a second that was 6 MB a second, and a sixth of the
 * hub's CPU to find out that they were gone.
 */
export function expectShortLives(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
