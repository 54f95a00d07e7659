import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import { planCommands } from './carry-out';
import type { Change } from './change';
import { openChange, overallState } from './change';
import type { Capabilities, Command } from './commands';
import { commandKinds, markSent, ready } from './commands';
import { diffDefinitions } from './diff';
import type { Diff, Differences } from './diff-items';
import type { Effectivity } from './effectivity';
import type { ConsumptionReport, SegmentReport } from './execution';
import { executionEffects } from './execution';
import { completeOrder } from './explode';
import { foldExecution } from './fold-execution';
import type { OrderOnGround } from './impact';
import { assessImpact } from './impact';
import type { Reported } from './pv-100.example';
import { orderFromErp, performance, revisionA, revisionB, zone } from './pv-100.example';
import { reassess } from './reassess';
import type { Rules } from './rules';
import { loadRules } from './rules';
import type { Outcome } from './settle';
import { settle } from './settle';
import type { Order } from './shapes';

const file = 'hub/change/rules.default.yaml';
export const defaultRules = loadRules(readFileSync(join(packageRoot, file), 'utf8'), file);

/**
 * A shop floor with one change in its lifetime, for the tests: orders, reports, and a hub that does what the engine
 * says. Each step gives the floor back, so that a test reads as what happens.
 */
export class ShopFloor {
  orders = new Map<string, Order>();
  change!: Change;
  commands: Command[] = [];
  now = '2026-03-02T07:00:00Z';
  rules: Rules = defaultRules;
  id = 'C';
  diff: Diff = diffDefinitions(revisionA, revisionB);
  diffsFrom: Differences['diffsFrom'];
  effectivity: Effectivity | undefined;
  capabilities: Capabilities = { kinds: commandKinds, machines: ['PRESS-01'] };
  private readonly segments: SegmentReport[] = [];
  private readonly consumptions: ConsumptionReport[] = [];

  order(id: string, quantity: number): this {
    this.orders.set(id, completeOrder(orderFromErp(id, quantity), revisionA));
    return this;
  }

  report(orderId: string, segmentId: string, reported: Reported): this {
    const id = `r${this.segments.length + 1}`;
    const rows = executionEffects(performance(id, orderId, segmentId, reported), 'mes');
    this.segments.push(...rows.segments);
    this.consumptions.push(...rows.consumptions);
    return this;
  }

  /** Reports an order as made to its end. */
  finish(orderId: string): this {
    return this.report(orderId, '0010', { state: 'Completed' }).report(orderId, '0020', {
      state: 'Completed',
    });
  }

  get grounds(): OrderOnGround[] {
    const executions = foldExecution({ segments: this.segments, consumptions: this.consumptions });
    return [...this.orders].map(([id, order]) => ({ order, execution: executions.get(id) }));
  }

  /** The same orders and reports, for another change to come. */
  another(id: string, diff: Diff, diffsFrom: Differences['diffsFrom']): ShopFloor {
    const floor = new ShopFloor();
    Object.assign(floor, { id, diff, diffsFrom, orders: this.orders });
    floor.segments.push(...this.segments);
    floor.consumptions.push(...this.consumptions);
    return floor;
  }

  get question() {
    const { rules, now } = this;
    return { orders: this.grounds, rules, now, zone };
  }

  open(): this {
    const { id, diff, diffsFrom, rules, now, effectivity } = this;
    const differences = { diff, diffsFrom, effectivity };
    const impacts = assessImpact({ ...this.question, ...differences });
    this.change = openChange({ id, reference: 'ECN-2001', ...differences, impacts, rules, now });
    return this.plan();
  }

  plan(): this {
    const added = planCommands(this.change, this.grounds, this.capabilities, this.commands);
    this.commands = [...this.commands, ...added];
    this.change = { ...this.change, state: overallState(this.change, this.commands) };
    return this;
  }

  look(): this {
    const { change, commands } = reassess(this.change, this.commands, this.question);
    this.change = change;
    this.commands = commands;
    return this.plan();
  }

  isDone = (orderId: string, segmentId: string): boolean =>
    this.grounds.find((ground) => ground.order.id === orderId)?.execution?.segments[segmentId]?.state ===
    'Completed';

  get ready(): string[] {
    return ready(this.commands, this.isDone).map((command) => this.short(command));
  }

  short = (command: Command): string => command.id.slice(this.change.id.length + 1);

  send(name: string): this {
    this.commands = markSent(this.commands, new Set([`${this.change.id}/${name}`]), this.now);
    return this.plan();
  }

  answer(name: string, outcome: Outcome): this {
    const { change, commands } = settle(
      this.change,
      this.commands,
      `${this.change.id}/${name}`,
      outcome,
      this.now,
    );
    this.change = change;
    this.commands = commands;
    return this.plan();
  }

  acknowledge(name: string): this {
    return this.send(name).answer(name, { kind: 'acknowledged' });
  }

  /** Sends and acknowledges whatever is ready until nothing is. */
  run(): this {
    for (let next = this.ready[0]; next !== undefined; next = this.ready[0]) this.acknowledge(next);
    return this;
  }

  command(name: string): Command | undefined {
    return this.commands.find((command) => this.short(command) === name);
  }

  inState(state: Command['state']): string[] {
    return this.commands.filter((command) => command.state === state).map((command) => this.short(command));
  }

  standing(orderId: string) {
    return this.change.orders.find((order) => order.id === orderId)?.standing;
  }
}
