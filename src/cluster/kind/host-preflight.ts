import type { Host } from "../../ports.js";
import type { Problem } from "../../problems.js";
import { errorProblem, warningProblem } from "../../problems.js";
import type { Engine } from "./engine.js";

const GIB = 1024 ** 3;
/** A node with Istio and the demo was seen to take 960 MiB. */
const MEMORY_FIRST = 2 * GIB;
const MEMORY_OTHERS = GIB / 2;
/** The node image, unpacked, and what Istio and the demo are. */
const DISK = 4 * GIB;
/** Each node has its own systemd, kubelet and containerd, and each sidecar watches files too. */
const INOTIFY_INSTANCES = 128;

/**
 * Looks whether this machine can hold the nodes.
 *
 * @returns errors for what is too little for certain, warnings for what is often too little
 */
export async function hostProblems(host: Host, engine: Engine, nodes: number): Promise<Problem[]> {
  const [disk, watches] = await Promise.all([diskProblem(host, engine), inotify(host, nodes)]);
  return [memoryProblem(host, engine, nodes), disk, watches].filter((one) => one !== null);
}

function memoryProblem(host: Host, engine: Engine, nodes: number): Problem | null {
  const needed = MEMORY_FIRST + (nodes - 1) * MEMORY_OTHERS;
  // Where the engine has a machine of its own, its size counts and not what the host has free.
  const there = host.platform === "linux" ? host.freeMemory() : engine.memory;
  if (there === null || there >= needed) return null;
  const message = `${gib(there)} of memory are free, and ${nodes === 1 ? "a node" : `${nodes} nodes`} with Istio need ${gib(needed)}`;
  return errorProblem("memory", message, undefined, "free some, take fewer nodes, or give the engine more");
}

async function diskProblem(host: Host, { root, name }: Engine): Promise<Problem | null> {
  const free = root === null ? null : await host.freeDisk(root);
  if (root === null || free === null || free >= DISK) return null;
  const message = `${gib(free)} of disk are free where ${name} keeps its images, and ${gib(DISK)} are needed`;
  return errorProblem("disk", message, { file: root }, `free some, for instance by ${name} system prune`);
}

async function inotify(host: Host, nodes: number): Promise<Problem | null> {
  const needed = INOTIFY_INSTANCES * nodes;
  const text = await host.readText("/proc/sys/fs/inotify/max_user_instances");
  const there = Number(text ?? Number.NaN);
  if (!(there < needed)) return null;
  const message = `fs.inotify.max_user_instances is ${there}: pods may fail with "too many open files"`;
  const hint = "sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288";
  return warningProblem("inotify", message, undefined, hint);
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
