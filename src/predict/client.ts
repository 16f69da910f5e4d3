import { outboundCaptured } from "../rules/capture.js";
import type { Service } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import type { Attempt } from "./attempt.js";
import { direct, noEndpoints } from "./client-network.js";
import { throughSidecar } from "./client-sidecar.js";
import { throughZtunnel } from "./client-ztunnel.js";
import { nameUnknown } from "./outcome.js";
import type { Landing } from "./server.js";
import type { KnownTarget } from "./target.js";
import type { MeshView } from "./view.js";

/** What the client's side makes of a call, up to what it sees of it. */
export function depart(attempt: Attempt): Landing[] {
  const { target, scheme, client, obstacles } = attempt;
  if (target.kind === "unknown") return [{ unknown: target.why, because: target.because }];
  if (target.kind === "nothing") return [{ outcomes: [nameUnknown(scheme)], because: target.because }];
  if (target.kind === "service" && target.service.headless && isEmpty(attempt.view, target.service)) {
    return [{ outcomes: [nameUnknown(scheme)], because: [...target.because, noEndpoints(target.service)] }];
  }
  const network = obstacles.network(client, "outbound");
  if (network !== null) return [{ unknown: network.why, because: [network.because] }];
  const first: Decision = { ...client.because, says: `the client: ${client.because.says}` };
  return bySide(attempt, target).map((landing) => ({
    ...landing,
    because: [first, ...target.because, ...landing.because],
  }));
}

/** A name without address of its own, and without any behind it, is nothing to DNS. */
function isEmpty(view: MeshView, service: Service): boolean {
  return view.podsBehind(service).length === 0 && service.endpoints.length === 0;
}

function bySide(attempt: Attempt, target: KnownTarget): Landing[] {
  const { client, view } = attempt;
  switch (client.dataPlane) {
    case "none":
    case "gateway":
      return direct(attempt, target, []);
    case "ztunnel":
      return throughZtunnel(attempt, target);
    case "sidecar": {
      if (client.proxyUserContainers.includes(attempt.container)) {
        const says = `container ${attempt.container} runs as the proxy's own user: its calls go round the sidecar`;
        const because: Decision = { rule: "capture", says, object: client.object, path: [...client.path, "spec"] };
        return direct(attempt, target, [because]);
      }
      const addresses = target.kind === "pod" ? target.pod.addresses : target.service.addresses;
      const captured = outboundCaptured(client, { port: attempt.port, addresses }, view.settings.capture);
      if (captured.captured === "unknown") return [{ unknown: captured.why, because: [captured.because] }];
      if (!captured.captured) return direct(attempt, target, captured.because === null ? [] : [captured.because]);
      return throughSidecar(attempt, target);
    }
  }
}
