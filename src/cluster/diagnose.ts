import { containerStatuses, podStatus } from "../mesh/pods.js";
import type { ContainerStatus } from "../mesh/pods.js";
import type { Kubernetes, KubeObject } from "../ports.js";
import { redact } from "../redact.js";

const EVENTS = 4;
const LOG_LINES = 8;

/**
 * What a person needs to see why a pod does not come up: its warnings, and the last lines of containers that do not
 * run. Secrets are masked. What cannot be read is left out: a diagnosis never fails a run.
 */
export async function diagnosePod(kubernetes: Kubernetes, pod: KubeObject, signal: AbortSignal): Promise<string[]> {
  const namespace = pod.metadata.namespace ?? "";
  const [events, logs] = await Promise.all([
    warningsOf(kubernetes, namespace, pod.metadata.name, signal),
    Promise.all(
      containerStatuses(pod)
        .filter(worthReading)
        .map((status) => lastLines(kubernetes, pod, status, signal)),
    ),
  ]);
  const { message } = podStatus(pod);
  return [...(message === undefined ? [] : [message]), ...events, ...logs.flat()].map(redact);
}

/** The last warnings about an object, newest first, each once. */
export async function warningsOf(
  kubernetes: Kubernetes,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const fields = `involvedObject.name=${name},type=Warning`;
    const events = await kubernetes.list({ apiVersion: "v1", kind: "Event", namespace, fields }, signal);
    const texts = events
      .sort((a, b) => timeOf(b).localeCompare(timeOf(a)))
      .map((event) => `event ${text(event["reason"])}: ${text(event["message"])}`);
    return [...new Set(texts)].slice(0, EVENTS).map(redact);
  } catch {
    return [];
  }
}

function timeOf(event: KubeObject): string {
  return text(event["lastTimestamp"]) || text(event["eventTime"]) || (event.metadata.creationTimestamp ?? "");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function worthReading(status: ContainerStatus): boolean {
  return (
    status.ready !== true &&
    ((status.restartCount ?? 0) > 0 || status.state?.running !== undefined || status.state?.terminated !== undefined)
  );
}

async function lastLines(
  kubernetes: Kubernetes,
  pod: KubeObject,
  status: ContainerStatus,
  signal: AbortSignal,
): Promise<string[]> {
  const target = { namespace: pod.metadata.namespace ?? "", pod: pod.metadata.name, container: status.name };
  const previous = status.state?.running === undefined && (status.restartCount ?? 0) > 0;
  try {
    const log = await kubernetes.logs(target, { tail: LOG_LINES, previous }, signal);
    return log
      .split("\n")
      .filter((line) => line.trim() !== "")
      .slice(-LOG_LINES)
      .map((line) => `log ${status.name}: ${line.slice(0, 300)}`);
  } catch {
    return [];
  }
}
