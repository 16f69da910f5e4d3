import type { Client } from "../mesh/call.js";
import type { InventoryClient } from "../mesh/inventory-calls.js";
import type { Problem } from "../problems.js";
import type { Accepted, ReportExposure } from "../report/document.js";
import {
  acceptedBy,
  acceptFor,
  acceptMarkOfClient,
  acceptMarkOfDestination,
  acceptProblems,
} from "../settings/accept.js";
import type { AcceptEntry, Labels, NamedDestination, Plan } from "../settings/plan.js";
import type { Direction } from "../settings/settings.js";

/**
 * What a plan accepts of the changes of one comparison, and which of its entries that took. A client's mark has to be asked
 * for before a change of its calls is: that is where its pods' labels come from.
 */
export class PlanAcceptance {
  readonly #plan: Plan | null;
  readonly #today: string;
  readonly #labels = new Map<string, Labels>();
  readonly #used = new Set<AcceptEntry>();

  /** @param today the day in UTC, as `2026-12-31` */
  constructor(plan: Plan | null, today: string) {
    this.#plan = plan;
    this.#today = today;
  }

  clientMark({ client, workload }: InventoryClient): string {
    const labels = workload.pods[0]?.labels ?? {};
    this.#labels.set(keyOf(client), labels);
    return acceptMarkOfClient(this.#plan, client, labels);
  }

  destinationMark(to: NamedDestination): string {
    return acceptMarkOfDestination(this.#plan, to);
  }

  /** What accepts the change of a call in a direction; null for nothing. */
  accepted(
    { from, to }: { readonly from: Client; readonly to: NamedDestination },
    direction: Direction,
  ): Accepted | null {
    const labels = this.#labels.get(keyOf(from));
    return this.#taken(acceptFor(this.#plan, direction, { from, to }, this.#today, labels));
  }

  /** What accepts that others can reach a Service port in plaintext than could; null for nothing. */
  acceptedExposure({ to: { namespace, service, port } }: Pick<ReportExposure, "to">): Accepted | null {
    const host = `${service}.${namespace}`;
    const to = { url: `http://${host}:${port}/`, host, port, namespace, service };
    return this.#taken(acceptFor(this.#plan, "to-plaintext", { from: null, to }, this.#today));
  }

  /** What is to be told of the entries once all changes have been asked for. */
  problems(): Problem[] {
    return acceptProblems(this.#plan, this.#today, this.#used);
  }

  #taken(entry: AcceptEntry | undefined): Accepted | null {
    if (entry === undefined) return null;
    this.#used.add(entry);
    return acceptedBy(entry);
  }
}

function keyOf({ namespace, kind, workload }: Client): string {
  return JSON.stringify([namespace, kind, workload]);
}
