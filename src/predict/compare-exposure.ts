import type { DestinationRequest } from "../mesh/call.js";
import { exposureOf } from "./exposure.js";
import type { PortExposure } from "./exposure.js";
import type { Predictor } from "./predict.js";

/** A Service port whose exposure a change turns. Null where the port is not there. */
export interface ExposureChange {
  readonly to: { readonly namespace: string; readonly service: string; readonly port: number };
  readonly before: PortExposure | null;
  readonly after: PortExposure | null;
  /**
   * `more`: others can reach it in plaintext than could; `less`; `unclear`: one of the two, or neither: that cannot be told;
   * `appears`, `goes`: the port is on one side alone.
   */
  readonly turn: "more" | "less" | "unclear" | "appears" | "goes";
}

/** The Service ports of some destinations, each once, with the exposure that each has. */
export function exposures(
  predictor: Predictor,
  destinations: readonly Pick<DestinationRequest, "namespace" | "service" | "port">[],
): Map<string, Pick<ExposureChange, "to"> & { readonly exposure: PortExposure }> {
  const found = new Map<string, Pick<ExposureChange, "to"> & { readonly exposure: PortExposure }>();
  for (const { namespace, service: name, port: number } of destinations) {
    if (namespace === null || name === null) continue;
    const key = `${namespace}/${name}:${number}`;
    const service = predictor.view.service(namespace, name);
    const port = service?.ports.find((one) => one.port === number && one.protocol !== "udp");
    if (found.has(key) || service === undefined || port === undefined || service.externalName !== null) continue;
    const to = { namespace, service: name, port: number };
    found.set(key, { to, exposure: exposureOf(predictor, service, port) });
  }
  return found;
}

/** The ports whose exposure differs, in the order of those after. */
export function compareExposures(
  before: ReturnType<typeof exposures>,
  after: ReturnType<typeof exposures>,
): ExposureChange[] {
  const now = [...after].flatMap(([key, { to, exposure }]): ExposureChange[] => {
    const had = before.get(key)?.exposure ?? null;
    if (had === null) return [{ to, before: null, after: exposure, turn: "appears" }];
    const turn = turnOf(had, exposure);
    return turn === null ? [] : [{ to, before: had, after: exposure, turn }];
  });
  const gone = [...before]
    .filter(([key]) => !after.has(key))
    .map(([, { to, exposure }]): ExposureChange => ({ to, before: exposure, after: null, turn: "goes" }));
  return [...now, ...gone];
}

const RANKS = { none: 0, some: 1, unknown: null, all: 2 } as const;

function turnOf(before: PortExposure, after: PortExposure): ExposureChange["turn"] | null {
  if (before.plaintext === after.plaintext) return before.written === after.written ? null : "unclear";
  const [had, has] = [RANKS[before.plaintext], RANKS[after.plaintext]];
  // All is the most there is, and none the least: from the one and to the other nothing can be worse.
  if (had === RANKS.all || has === RANKS.none) return "less";
  if (had === null || has === null) return "unclear";
  return has > had ? "more" : "less";
}
