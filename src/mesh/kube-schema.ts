/** The fields of Kubernetes' own kinds that the prediction reads, and the names of the others. */
import type { Schema } from "./istio-schema/schema.js";
import type { NameForm } from "./metadata-check.js";

export interface KubeKind {
  readonly apiVersion: string;
  readonly nameForm: NameForm;
  readonly schema: Schema;
  /** The way to the pod template; empty for a Pod. */
  readonly template?: readonly string[];
}

const ANY: Schema = { open: true };
const TEXT: Schema = { type: "string" };
const FLAG: Schema = { type: "boolean" };
const COUNT: Schema = { type: "integer", minimum: 0 };
const PORT: Schema = { type: "integer", minimum: 1, maximum: 65535 };
const TEXTS: Schema = { type: "array", items: TEXT };
const TEXT_MAP: Schema = { type: "object", additionalProperties: TEXT };
/** An empty text counts as none. */
const PROTOCOL: Schema = { type: "string", enum: ["TCP", "UDP", "SCTP", ""] };

function list(items: Schema): Schema {
  return { type: "array", items };
}

function mapping(properties: Readonly<Record<string, Schema>>, others = "", required: readonly string[] = []): Schema {
  return { type: "object", properties, required, others: words(others) };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** `metadata` is looked at apart. */
function kind(properties: Readonly<Record<string, Schema>>, others = "", required: readonly string[] = []): Schema {
  return mapping({ apiVersion: TEXT, kind: TEXT, metadata: ANY, ...properties }, `status ${others}`, required);
}

const PROBES = "livenessProbe readinessProbe startupProbe";

const CONTAINER = mapping(
  {
    name: { type: "string", minLength: 1 },
    ports: list(mapping({ containerPort: PORT, name: TEXT, protocol: PROTOCOL }, "hostIP hostPort", ["containerPort"])),
  },
  `args command env envFrom image imagePullPolicy lifecycle ${PROBES} resizePolicy resources restartPolicy
   restartPolicyRules securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices
   volumeMounts workingDir`,
  ["name"],
);

const POD_SPEC = mapping(
  {
    containers: { ...list(CONTAINER), minItems: 1 },
    initContainers: list(CONTAINER),
    hostNetwork: FLAG,
    serviceAccount: TEXT,
    serviceAccountName: TEXT,
  },
  `activeDeadlineSeconds affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks ephemeralContainers
   hostAliases hostIPC hostPID hostUsers hostname hostnameOverride imagePullSecrets nodeName nodeSelector os overhead
   preemptionPolicy priority priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName
   schedulerName schedulingGates schedulingGroup securityContext setHostnameAsFQDN shareProcessNamespace subdomain
   terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes`,
  ["containers"],
);

const TEMPLATE = mapping({ metadata: ANY, spec: POD_SPEC }, "", ["spec"]);

/** Without `others`: it has no other fields, and will have none. */
const LABEL_SELECTOR: Schema = {
  type: "object",
  properties: {
    matchLabels: TEXT_MAP,
    matchExpressions: list(
      mapping(
        { key: TEXT, operator: { type: "string", enum: ["In", "NotIn", "Exists", "DoesNotExist"] }, values: TEXTS },
        "",
        ["key", "operator"],
      ),
    ),
  },
};

function workload(others: string, counted: Readonly<Record<string, Schema>> = { replicas: COUNT }): KubeKind {
  const spec = mapping({ ...counted, selector: LABEL_SELECTOR, template: TEMPLATE }, `minReadySeconds ${others}`, [
    "selector",
    "template",
  ]);
  return {
    apiVersion: "apps/v1",
    nameForm: "subdomain",
    schema: kind({ spec }, "", ["spec"]),
    template: ["spec", "template"],
  };
}

const JOB_SPEC = mapping(
  { completions: COUNT, parallelism: COUNT, selector: LABEL_SELECTOR, suspend: FLAG, template: TEMPLATE },
  `activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode managedBy manualSelector maxFailedIndexes
   podFailurePolicy podReplacementPolicy successPolicy ttlSecondsAfterFinished`,
  ["template"],
);

const SERVICE_SPEC = mapping(
  {
    clusterIP: TEXT,
    externalName: TEXT,
    ports: list(
      mapping(
        { appProtocol: TEXT, name: TEXT, port: PORT, protocol: PROTOCOL, targetPort: { intOrString: true } },
        "nodePort",
        ["port"],
      ),
    ),
    selector: TEXT_MAP,
    type: { type: "string", enum: ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", ""] },
  },
  `allocateLoadBalancerNodePorts clusterIPs externalIPs externalTrafficPolicy healthCheckNodePort internalTrafficPolicy
   ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges publishNotReadyAddresses
   sessionAffinity sessionAffinityConfig trafficDistribution`,
);

const ENDPOINT_PORTS = list(mapping({ appProtocol: TEXT, name: TEXT, port: PORT, protocol: PROTOCOL }));
const ENDPOINT_ADDRESSES = list(mapping({ ip: TEXT, targetRef: ANY }, "hostname nodeName", ["ip"]));

const ENDPOINTS = kind({
  subsets: list(mapping({ addresses: ENDPOINT_ADDRESSES, ports: ENDPOINT_PORTS }, "notReadyAddresses")),
});

const CONDITIONS = mapping({ ready: FLAG, serving: FLAG, terminating: FLAG });

const ENDPOINT_SLICE = kind(
  {
    addressType: { type: "string", enum: ["IPv4", "IPv6", "FQDN"] },
    endpoints: list(
      mapping(
        { addresses: { ...TEXTS, minItems: 1 }, conditions: CONDITIONS, targetRef: ANY },
        "deprecatedTopology hints hostname nodeName zone",
        ["addresses"],
      ),
    ),
    ports: ENDPOINT_PORTS,
  },
  "",
  ["addressType", "endpoints"],
);

function core(schema: Schema, nameForm: NameForm): KubeKind {
  return { apiVersion: "v1", nameForm, schema };
}

/** By kind. Kubernetes 1.36 has these fields. */
export const KUBE_KINDS: Readonly<Record<string, KubeKind>> = {
  Namespace: core(kind({ spec: ANY }), "label"),
  Pod: { ...core(kind({ spec: POD_SPEC }, "", ["spec"]), "subdomain"), template: [] },
  Service: core(kind({ spec: SERVICE_SPEC }, "", ["spec"]), "label"),
  Endpoints: core(ENDPOINTS, "subdomain"),
  ServiceAccount: core(kind({}, "automountServiceAccountToken imagePullSecrets secrets"), "subdomain"),
  ConfigMap: core(kind({ data: TEXT_MAP }, "binaryData immutable"), "subdomain"),
  ReplicationController: {
    ...core(
      kind(
        { spec: mapping({ replicas: COUNT, selector: TEXT_MAP, template: TEMPLATE }, "minReadySeconds", ["template"]) },
        "",
        ["spec"],
      ),
      "subdomain",
    ),
    template: ["spec", "template"],
  },
  EndpointSlice: { apiVersion: "discovery.k8s.io/v1", nameForm: "subdomain", schema: ENDPOINT_SLICE },
  Deployment: workload("paused progressDeadlineSeconds revisionHistoryLimit strategy"),
  DaemonSet: workload("revisionHistoryLimit updateStrategy", {}),
  ReplicaSet: workload(""),
  StatefulSet: workload(
    `ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy revisionHistoryLimit serviceName updateStrategy
     volumeClaimTemplates`,
  ),
  Job: {
    apiVersion: "batch/v1",
    nameForm: "subdomain",
    schema: kind({ spec: JOB_SPEC }, "", ["spec"]),
    template: ["spec", "template"],
  },
  CronJob: {
    apiVersion: "batch/v1",
    nameForm: "subdomain",
    schema: kind(
      {
        spec: mapping(
          { jobTemplate: mapping({ metadata: ANY, spec: JOB_SPEC }, "", ["spec"]), schedule: TEXT, suspend: FLAG },
          "concurrencyPolicy failedJobsHistoryLimit startingDeadlineSeconds successfulJobsHistoryLimit timeZone",
          ["jobTemplate", "schedule"],
        ),
      },
      "",
      ["spec"],
    ),
    template: ["spec", "jobTemplate", "spec", "template"],
  },
};
