import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { BinaryStream } from 'node-opcua';
import type { Order } from './kit-address-space';
import type { Press, PressJob, Setting } from './kit-press';

type Kept = Omit<PressJob<Order>, 'order'> & { readonly order: string };

/** A press keeps its jobs and what it is set to when its power is cut. The order is kept as on the wire. */
export function keep(file: string, { jobs, setpoints }: Press<Order>): void {
  const kept = [...jobs.values()].map((job) => ({ ...job, order: encode(job.order) }));
  writeFileSync(`${file}.new`, JSON.stringify({ jobs: kept, setpoints }));
  renameSync(`${file}.new`, file);
}

/** Puts back what was kept; nothing when the press is new. `make`: an empty job order. */
export function recall(file: string, press: Press<Order>, make: () => Order): void {
  if (!existsSync(file)) return;
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { jobs: Kept[]; setpoints: Record<string, Setting> };
  Object.assign(press.setpoints, kept.setpoints);
  for (const { startTime, endTime, ...job } of kept.jobs) {
    const times = {
      ...(startTime && { startTime: new Date(startTime) }),
      ...(endTime && { endTime: new Date(endTime) }),
    };
    press.jobs.set(job.jobOrderID, { ...job, ...times, order: decode(job.order, make()) });
  }
}

function encode(order: Order): string {
  const stream = new BinaryStream(order.binaryStoreSize());
  order.encode(stream);
  return stream.buffer.toString('base64');
}

function decode(text: string, order: Order): Order {
  order.decode(new BinaryStream(Buffer.from(text, 'base64')));
  return order;
}
