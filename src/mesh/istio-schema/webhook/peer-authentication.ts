import type { Field, Finding } from "../../field.js";
import { doubtful } from "../../field.js";
import { emptySelector } from "./common.js";
import type { RuleContext } from "./common.js";

/**
 * A PeerAuthentication that the server takes and that surely was not meant so. What it refuses stands in the kind's
 * definition: ports without a selector, ports out of range, and no ports at all.
 *
 * Source: istio, pkg/config/validation/validation.go:ValidatePeerAuthentication; pilot/pkg/model/authentication.go:
 * addPeerAuthentication, getConfigsForWorkload.
 */
export function* peerAuthentication(spec: Field, { namespace, rootNamespace }: RuleContext): Generator<Finding> {
  const selector = spec.at("selector");
  yield* emptySelector(selector, "matchLabels");
  if (namespace === rootNamespace && selector.at("matchLabels").entries().length > 0) {
    const hint = "leave out the selector for the whole mesh, or move the policy to the workload's namespace";
    yield doubtful(
      "no-effect",
      selector,
      `is ignored with the whole policy: ${rootNamespace} is the root namespace`,
      hint,
    );
  }
  if (!spec.at("mtls").present && !spec.at("portLevelMtls").present)
    yield doubtful("no-effect", spec.at("mtls"), "is missing: the policy sets nothing", "write mtls.mode: STRICT");
}
