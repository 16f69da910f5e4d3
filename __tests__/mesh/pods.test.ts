import { describe, expect, it } from "vitest";
import {
  containerStatuses,
  hasSidecar,
  serviceAccountOf,
  stateText,
  whyNotReady,
  workloadOf,
} from "../../src/mesh/pods.js";
import type { KubeObject } from "../../src/ports.js";
import { pod } from "./builders.js";

describe("a sidecar", () => {
  it("is found as a container and as a native sidecar", () => {
    expect(hasSidecar(pod("a"))).toBe(false);
    expect(hasSidecar(pod("a", { containers: [{ name: "a" }, { name: "istio-proxy" }] }))).toBe(true);
    expect(hasSidecar(pod("a", { initContainers: [{ name: "istio-proxy", restartPolicy: "Always" }] }))).toBe(true);
    expect(hasSidecar(pod("a", { initContainers: [{ name: "istio-init" }] }))).toBe(false);
    expect(hasSidecar({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } })).toBe(false);
  });
});

describe("a pod", () => {
  const status = (rest: object): KubeObject => pod("a", { status: rest });
  const notReady = { type: "Ready", status: "False", message: "containers with unready status: [a]" };
  const pulling = { name: "a", state: { waiting: { reason: "ImagePullBackOff", message: "Back-off" } } };
  const noNode = { type: "PodScheduled", status: "False", message: "0/1 nodes are available" };
  const crashing = {
    name: "istio-proxy",
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { reason: "Error", exitCode: 2 } },
  };
  const ready = { type: "Ready", status: "True" };
  it.each<[string, KubeObject, string | null]>([
    ["that is ready", pod("a"), null],
    ["that is being deleted", pod("a", { deleted: true }), "it is being deleted"],
    [
      "that has failed",
      status({ phase: "Failed", reason: "Evicted", message: "low on memory" }),
      "it has ended (Failed: Evicted: low on memory)",
    ],
    ["that has ended, though Ready", status({ phase: "Succeeded", conditions: [ready] }), "it has ended (Succeeded)"],
    ["without a status", { ...pod("a"), status: undefined }, "it is not ready (no status yet)"],
    ["that is pending without a word", status({ phase: "Pending" }), "it is not ready (Pending)"],
    ["that finds no node", status({ conditions: [noNode] }), "it is not ready: 0/1 nodes are available"],
    [
      "whose image cannot be pulled",
      status({ phase: "Pending", conditions: [notReady], containerStatuses: [pulling] }),
      "it is not ready: container a: ImagePullBackOff: Back-off; containers with unready status: [a]",
    ],
    [
      "whose native sidecar crashes, before its own container",
      status({
        initContainerStatuses: [crashing],
        containerStatuses: [{ name: "a", state: { waiting: { reason: "PodInitializing" } } }],
      }),
      "it is not ready: container istio-proxy: CrashLoopBackOff, before that Error with exit code 2",
    ],
  ])("%s", (_, one, why) => {
    expect(whyNotReady(one)).toBe(why);
  });

  it("has the service account default unless it names one", () => {
    expect(serviceAccountOf(pod("a"))).toBe("default");
    expect(serviceAccountOf(pod("a", { serviceAccountName: "sleep" }))).toBe("sleep");
  });

  it("has its init containers' statuses first", () => {
    const one = status({ containerStatuses: [{ name: "a" }], initContainerStatuses: [{ name: "i" }] });
    expect(containerStatuses(one).map(({ name }) => name)).toEqual(["i", "a"]);
    expect(containerStatuses(status({}))).toEqual([]);
  });
});

describe("a container's state", () => {
  const initialising = { waiting: { reason: "PodInitializing" } };
  it.each<[string, Parameters<typeof stateText>[0], string | null]>([
    ["running", { name: "a", state: { running: {} } }, null],
    ["unknown", { name: "a" }, null],
    ["initialising", { name: "a", state: initialising }, null],
    [
      "initialising again",
      { name: "a", state: initialising, lastState: { terminated: {} } },
      "container a: PodInitializing, before that it ended with exit code ?",
    ],
    ["ended well", { name: "a", state: { terminated: { exitCode: 0 } } }, null],
    [
      "ended",
      { name: "a", state: { terminated: { reason: "OOMKilled", exitCode: 137 } } },
      "container a: OOMKilled with exit code 137",
    ],
    ["ended without a word", { name: "a", state: { terminated: {} } }, "container a: ended with exit code ?"],
  ])("%s", (_, state, text) => {
    expect(stateText(state)).toBe(text);
  });
});

describe("the workload of a pod", () => {
  const owner = (kind: string, name: string, above?: string): KubeObject => ({
    ...pod(name, above === undefined ? {} : { owner: above }),
    kind,
  });
  const none = new Map<string, KubeObject>();
  const of = (owner: string, labels = {}, owners = none): string => {
    const { kind, name } = workloadOf(pod("p", { owner, labels }), owners);
    return `${kind}/${name}`;
  };

  it("is the pod itself where nothing controls it", () => {
    expect(workloadOf(pod("bare"), none)).toEqual({ kind: "Pod", name: "bare" });
    const owned = pod("p", { owner: "Node/x" });
    delete owned.metadata.ownerReferences![0]!.controller;
    expect(workloadOf(owned, none)).toEqual({ kind: "Pod", name: "p" });
  });

  it("is the Deployment above a ReplicaSet, and the CronJob above a Job, whether they are there or not", () => {
    const owners = new Map([
      ["web-abc", owner("ReplicaSet", "web-abc", "Deployment/web")],
      ["backup-1", owner("Job", "backup-1", "CronJob/backup")],
      ["own", owner("ReplicaSet", "own")],
    ]);
    expect(of("ReplicaSet/web-abc", {}, owners)).toBe("Deployment/web");
    expect(of("Job/backup-1", {}, owners)).toBe("CronJob/backup");
    expect(of("ReplicaSet/own", {}, owners)).toBe("ReplicaSet/own");
  });

  it("is read from the ReplicaSet's name where it could not be read, if the hash says so", () => {
    const labels = { "pod-template-hash": "5d4f" };
    expect(of("ReplicaSet/my-web-5d4f", labels)).toBe("Deployment/my-web");
    expect(of("ReplicaSet/my-web-other", labels)).toBe("ReplicaSet/my-web-other");
    expect(of("ReplicaSet/my-web-5d4f")).toBe("ReplicaSet/my-web-5d4f");
    expect(of("StatefulSet/db-5d4f", labels)).toBe("StatefulSet/db-5d4f");
  });
});
