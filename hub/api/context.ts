import type { FastifyBaseLogger } from 'fastify';
import type { ChangeDesk } from '../change-desk/desk';
import type { DefinitionDesk } from '../definitions/desk';
import type { Intake } from '../flow/intake';
import type { OperatingDesk } from '../flow/operating';
import type { IdentityDesk } from '../identity/desk';
import type { Project } from '../project';
import type { Store } from '../storage/store';

/** What the APIs speak for. */
export interface ApiContext {
  readonly project: Project;
  readonly store: Store;
  readonly intake: Intake;
  readonly changes: ChangeDesk;
  readonly definitions: DefinitionDesk;
  readonly identities: IdentityDesk;
  readonly operating: OperatingDesk;
  /** Throws when the hub should get no traffic now. */
  readonly ready: () => Promise<void>;
  /** How each system's connection stands. */
  readonly systems: () => Record<string, { state: string; since: string; reason?: string }>;
  /** The systems that speak B2MML over SOAP. */
  readonly soapSystems: ReadonlySet<string>;
  readonly log: FastifyBaseLogger;
}
