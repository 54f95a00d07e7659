import type { Receipt } from '../adapter';
import { naiveToMs, type Row, type Tables } from './tables';

/** The end of time in frePPLe, whose dates go no further. */
const NO_END = '2030-12-31T00:00:00';
/** Marks the buckets that are the hub's. Those of the planners (shifts, holidays) are never touched. */
const OURS = 'esperanto';
/** Lower wins, so the hub's buckets win over shifts, which usually stand at 1 and above. */
const PRIORITY = 0;

/**
 * Opens or closes the time in which a resource is down: a bucket of value 0 in the calendar of its availability.
 * `body`: {resource, startdate (naive), value: 0 | 1}. Saying the same twice changes nothing.
 */
export async function setAvailability(input: Tables, body: Row): Promise<Receipt> {
  const resource = String(body.resource);
  const startdate = String(body.startdate);
  const calendar = await calendarOf(input, resource);
  const open = (await input.list('calendarbucket', { calendar })).filter(
    (bucket) => bucket.source === OURS && Number(bucket.value) === 0 && isOpen(bucket),
  );
  if (Number(body.value) === 0) {
    // Down is down: a later message about the same outage does not open a second one.
    if (open.length === 0) await openBucket(input, calendar, startdate);
  } else {
    for (const bucket of open) await closeBucket(input, bucket, startdate);
  }
  return { counterpartId: calendar, answer: { resource, available: Number(body.value) !== 0, startdate } };
}

const isOpen = (bucket: Row) => naiveToMs(String(bucket.enddate)) >= naiveToMs(NO_END);

function openBucket(input: Tables, calendar: string, startdate: string): Promise<Row> {
  const times = { startdate, enddate: NO_END };
  return input.upsert('calendarbucket', { calendar, ...times, value: 0, priority: PRIORITY, source: OURS });
}

function closeBucket(input: Tables, bucket: Row, enddate: string): Promise<void> {
  // An outage that ends before it began was reported late: it is closed where it began.
  const began = String(bucket.startdate);
  const end = naiveToMs(enddate) < naiveToMs(began) ? began : enddate;
  return input.change('calendarbucket', String(bucket.id), { enddate: end });
}

/** The calendar that says when the resource works. One that is there is used; a new one works always. */
async function calendarOf(input: Tables, resource: string): Promise<string> {
  const row = await input.find('resource', resource);
  if (row?.available) return String(row.available);
  const name = `${resource} availability`;
  await input.upsert('calendar', { name, defaultvalue: 1, source: OURS });
  await input.upsert('resource', { name: resource, available: name });
  return name;
}
