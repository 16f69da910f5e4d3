/** What touches the world, as interfaces: the entry points make the real ones, tests their own. */

/** A Kubernetes object as JSON. Fields beyond these are kept as they came. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
    managedFields?: unknown[];
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

/** Where time comes from. `sleep` ends early, by rejection, when the signal aborts. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** The wall clock, for timestamps that others read. */
  date(): Date;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Progress and messages for a person, as the run goes. Texts are raw: the implementation escapes for the place where
 * they appear. A group holds what happens inside `work` (a phase of the run) and ends with it.
 */
export interface Log {
  info(text: string): void;
  warning(text: string): void;
  /** A line that may be replaced by the next one on a terminal ("waiting for 3 Deployments, 4 s"). */
  progress(text: string): void;
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}

/** How a command in a container ended. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** `exit`: its exit code, told by the status channel. `broken`: the stream ended without a status, or never opened; `reason` says how. */
  readonly end:
    | { readonly kind: "exit"; readonly code: number }
    | { readonly kind: "broken"; readonly reason: string; readonly retriable: boolean };
}

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** One rule that the user holds in a namespace, as the API server tells it. */
export interface HeldRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** An error answer of the API server. `status` is the HTTP status, 0 where no answer came. */
export class KubeError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KubeError";
    this.status = status;
    this.reason = reason;
  }
}

/** Names a kind of object and where: `namespace` absent means cluster-scoped, or, in a list, all namespaces. */
export interface Ref {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * The Kubernetes API as far as the product uses it. Every call takes a signal and rejects with KubeError, except that
 * `get` answers undefined for 404. Objects go out and come back as plain JSON, with nothing dropped on the way.
 */
export interface Kubernetes {
  readonly context: string;
  readonly server: string;
  version(signal: AbortSignal): Promise<string>;
  get(ref: Ref, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** All pages. */
  list(
    what: { apiVersion: string; kind: string; namespace?: string; labels?: string; fields?: string },
    signal: AbortSignal,
  ): Promise<KubeObject[]>;
  /** Server-side apply with strict field validation and no force. */
  apply(object: KubeObject, options: { dryRun: boolean }, signal: AbortSignal): Promise<KubeObject>;
  /** Creates; 409 when it exists. */
  create(object: KubeObject, signal: AbortSignal): Promise<KubeObject>;
  /** Replaces whole; the object's resourceVersion is a precondition where it is set. */
  replace(object: KubeObject, signal: AbortSignal): Promise<KubeObject>;
  /** A JSON patch (RFC 6902). */
  patch(ref: Ref, operations: readonly object[], signal: AbortSignal): Promise<KubeObject>;
  /** Deletes in the background way; an object that is not there is no error. `uid` is a precondition. */
  delete(ref: Ref, options: { uid?: string }, signal: AbortSignal): Promise<void>;
  /** The last lines of a container's log. */
  logs(target: ExecTarget, options: { tail: number; previous?: boolean }, signal: AbortSignal): Promise<string>;
  /** What the user may do in a namespace, by one SelfSubjectRulesReview. `incomplete` where the server says so. */
  rules(namespace: string, signal: AbortSignal): Promise<{ rules: HeldRule[]; incomplete: boolean }>;
  /** Runs a command in a container: never rejects but for an abort that is no deadline of its own; `stdin` is sent at once; a function is told whether standard input can be ended after it. */
  exec(
    target: ExecTarget,
    command: readonly string[],
    options: { stdin?: string | ((ends: boolean) => string); signal: AbortSignal },
  ): Promise<ExecResult>;
}

/**
 * Runs a local program without a shell. Rejects when the program cannot be started, and when the signal aborts: with
 * `stops`, the program and all that it started are ended first; without, they go on alone. It is set for whatever has to do
 * with a cluster of the run's own, which is deleted next: nothing may still be at work on it then.
 */
export interface Commands {
  run(
    file: string,
    args: readonly string[],
    options: {
      stdin?: string;
      env?: Readonly<Record<string, string>>;
      signal: AbortSignal;
      stops?: boolean;
      onStderrLine?: (line: string) => void;
    },
  ): Promise<{ code: number; stdout: string; stderr: string }>;
}

/** The machine that the run is on. Sizes are in bytes; what cannot be found out is null. */
export interface Host {
  /** As Node.js names them: `linux`, `darwin`; `x64`, `arm64`. */
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  freeMemory(): number;
  freeDisk(path: string): Promise<number | null>;
  /** A file's text. */
  readText(path: string): Promise<string | null>;
  isFile(path: string): Promise<boolean>;
  absolute(path: string): string;
  /** Makes a new folder that nobody else can read, and tells its path. */
  makeFolder(): Promise<string>;
  /** Writes a file, and makes the folders above it. */
  writeText(path: string, text: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
}

/** Programs that are fetched, and kept for later runs on the same machine. Whatever fails rejects. */
export interface Downloads {
  /** The folder of a program that an earlier run kept; null where there is none. */
  kept(tool: string, version: string): Promise<string | null>;
  /** Fetches a file, and tells where it is. */
  fetch(url: string): Promise<string>;
  sha256(path: string): Promise<string>;
  /** Keeps a program, taken out of a .tar.gz where it is in one, and tells the folder. */
  keep(file: string, what: { tool: string; version: string; archive: boolean }): Promise<string>;
}
