import type { FixedEndpoint, Service, ServicePort } from "../rules/model.js";
import type { MeshView } from "./view.js";

/** Whether somebody wrote down who a Service's endpoints are: pods are who they are. */
export function insists({ subjectAltNames = [], endpoints }: Service): boolean {
  return subjectAltNames.length > 0 || endpoints.some(({ serviceAccount }) => serviceAccount !== null);
}

/**
 * The identities of a Service's endpoints, which clients insist on; null where there are none to insist on.
 *
 * Source: istio, pilot/pkg/model/push_context.go:ServiceAccounts, initServiceAccounts.
 */
export function identitiesOf(view: MeshView, service: Service, own: ServicePort): readonly string[] | null {
  const identity = (namespace: string, account: string): string =>
    `spiffe://${view.settings.trustDomain}/ns/${namespace}/sa/${account}`;
  const written = service.endpoints.flatMap(({ serviceAccount }) =>
    serviceAccount === null ? [] : [identity(service.namespace, serviceAccount)],
  );
  const ofPods = view.endpoints(service, own).flatMap((endpoint) => {
    if (endpoint.kind === "address" || isEntry(endpoint.written)) return [];
    return [identity(endpoint.pod.namespace, endpoint.pod.serviceAccount)];
  });
  const names = [...written, ...ofPods, ...(service.subjectAltNames ?? [])];
  return names.length === 0 ? null : [...new Set(names)];
}

/** Endpoints and EndpointSlices name pods, which istiod knows; entries say themselves who is there. */
function isEntry(written: FixedEndpoint | undefined): boolean {
  return written !== undefined && ["ServiceEntry", "WorkloadEntry"].includes(written.object.kind);
}
