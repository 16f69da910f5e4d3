import type { Call } from "../mesh/call.js";
import type { Clock, Kubernetes } from "../ports.js";
import { probeClient } from "./stream.js";
import type { CallResult, ClientPod, StreamOptions } from "./stream.js";

/** A call with the pod that makes it, or why there is none. */
export interface PlannedCall {
  readonly call: Call;
  readonly pod: ClientPod | { readonly missing: string };
}

/**
 * Makes every call once: one stream a client pod, all at the same time.
 *
 * @returns a result a call, in their order; a call without a pod has none
 */
export async function probeRound(
  ports: { kubernetes: Pick<Kubernetes, "exec">; clock: Clock },
  calls: readonly PlannedCall[],
  options: StreamOptions,
): Promise<CallResult[]> {
  const results = new Array<CallResult>(calls.length);
  const byPod = new Map<ClientPod, number[]>();
  calls.forEach(({ pod }, index) => {
    if ("missing" in pod) results[index] = { observed: null, why: pod.missing, attempts: 0, companionArrived: false };
    else byPod.set(pod, [...(byPod.get(pod) ?? []), index]);
  });
  await Promise.all(
    [...byPod].map(async ([pod, indexes]) => {
      const own = indexes.map((index) => calls[index]?.call).filter((call) => call !== undefined);
      const answers = await probeClient(ports, pod, own, options);
      answers.forEach((answer, at) => {
        const index = indexes[at];
        if (index !== undefined) results[index] = answer;
      });
    }),
  );
  return results;
}
