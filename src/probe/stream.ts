import { randomBytes } from "node:crypto";
import type { Call, Observed } from "../mesh/call.js";
import type { Clock, ExecResult, ExecTarget, Kubernetes } from "../ports.js";
import { readStream } from "./answers.js";
import type { RawAnswer } from "./answers.js";
import { companionArrived, companionUrl, observe } from "./observe.js";
import type { ClientIdentity } from "./observe.js";
import { probeInput } from "./requests.js";
import type { ProbeRequest } from "./requests.js";
import { probeCommand } from "./script.js";

/** A client with the pod that stands for it. */
export interface ClientPod {
  readonly target: ExecTarget;
  readonly identity: ClientIdentity;
}

export interface StreamOptions {
  readonly evidencePath: string;
  /** Milliseconds for one request. */
  readonly probeTimeout: number;
  /** Requests under way at once in the pod. */
  readonly parallel: number;
  /** Whether the cluster has IPv4 addresses alone. */
  readonly ipv4: boolean;
  readonly signal: AbortSignal;
}

/** What a call's streams came to: what was seen, or why there is nothing. */
export type CallResult =
  | { readonly observed: Observed; readonly companionArrived: boolean }
  | { readonly observed: null; readonly why: string; readonly attempts: number; readonly companionArrived: false };

/** How often a broken stream is opened again for the calls that have no result, and how long is waited before. */
const ATTEMPTS = 3;
const BACKOFF_MS = 250;
/** What a stream may take beyond its requests' own deadlines: opening it, and starting curl on a busy node. */
const STREAM_SLACK_MS = 15_000;

/**
 * Makes the calls of one client by one stream into its pod, and opens another for those that have no result when it
 * broke.
 *
 * @returns a result a call, in their order; never rejects
 */
export async function probeClient(
  ports: { kubernetes: Pick<Kubernetes, "exec">; clock: Clock },
  pod: ClientPod,
  calls: readonly Call[],
  options: StreamOptions,
): Promise<CallResult[]> {
  const results = new Map<number, CallResult>();
  let why = "it was not called";
  let attempt = 0;
  while (attempt < ATTEMPTS && results.size < calls.length && !options.signal.aborted) {
    attempt += 1;
    if (attempt > 1) await ports.clock.sleep(BACKOFF_MS * 2 ** (attempt - 2), options.signal).catch(() => undefined);
    const open = calls.map((call, index) => ({ call, index })).filter(({ index }) => !results.has(index));
    const stream = await oneStream(ports.kubernetes, pod, open, attempt, options);
    for (const [index, result] of stream.results) results.set(index, result);
    why = stream.why;
    if (!stream.retriable) break;
  }
  return calls.map(
    (_, index) => results.get(index) ?? { observed: null, why, attempts: attempt, companionArrived: false },
  );
}

interface StreamResult {
  readonly results: Map<number, CallResult>;
  /** Why calls are missing, if any are. */
  readonly why: string;
  readonly retriable: boolean;
}

async function oneStream(
  kubernetes: Pick<Kubernetes, "exec">,
  pod: ClientPod,
  calls: readonly { call: Call; index: number }[],
  attempt: number,
  options: StreamOptions,
): Promise<StreamResult> {
  const nonce = randomBytes(12).toString("hex");
  const mark = randomBytes(12).toString("hex");
  // The companions come last: by then the pod has looked up the names that both go to.
  const requests = [
    ...calls.map(({ call, index }) => ({ id: String(index), destination: call.to, companion: false })),
    ...calls.map(({ call, index }) => companionOf(call, index, options.evidencePath)),
  ];
  const turns = Math.ceil(requests.length / options.parallel);
  const deadline = AbortSignal.timeout(turns * options.probeTimeout + STREAM_SLACK_MS);
  const execution = await kubernetes.exec(pod.target, probeCommand(nonce, options.parallel), {
    stdin: (ends) =>
      probeInput(requests, { nonce, mark }, { ends, timeoutMs: options.probeTimeout, ipv4: options.ipv4 }),
    signal: AbortSignal.any([options.signal, deadline]),
  });
  const output = readStream(execution.stdout, nonce);
  const results = new Map<number, CallResult>();
  for (const { call, index } of calls) {
    const answer = output.answers.get(String(index));
    if (answer === undefined || !conclusive(answer, attempt)) continue;
    const answers = {
      answer,
      companion: output.answers.get(`${index}e`) ?? null,
      companionBody: output.bodies.get(`${index}e`) ?? null,
      hidesMtls: call.hidesMtls !== false,
    };
    // A companion that is still to come would leave the transport unproven for no reason of the mesh's.
    if (!output.ended && answers.companionBody === null && answer.code !== "000" && attempt < ATTEMPTS) continue;
    const observed = observe(answers, pod.identity, mark, attempt);
    results.set(index, { observed, companionArrived: companionArrived(answers, mark) });
  }
  const curlIsThere = output.hello?.curl !== null;
  return {
    results,
    why: curlIsThere ? whyMissing(execution, output.hello !== null, output.ended) : "the container has no curl",
    retriable: curlIsThere && (execution.end.kind === "exit" || execution.end.retriable),
  };
}

function companionOf(call: Call, index: number, evidencePath: string): ProbeRequest {
  const destination = { url: companionUrl(call, evidencePath), method: "GET", headers: call.to.headers };
  return { id: `${index}e`, destination, companion: true };
}

/**
 * A name that was not found, or not in time, is no outcome of a policy: cluster DNS loses a look-up now and then, the
 * more the more come at once. It counts only when it comes again.
 */
function lookUpFailed({ exit, error }: RawAnswer): boolean {
  return exit === 6 || (exit === 28 && error?.startsWith("Resolving timed out") === true);
}

/** curl's exit codes that speak of curl or of us rather than of the call: bad usage, an unknown option, no memory, a failed write. */
const EXITS_OF_THE_PROBE = [1, 2, 3, 4, 23, 26, 27, 41, 43, 48];

/** Whether an answer is an outcome of the call. */
function conclusive(answer: RawAnswer, attempt: number): boolean {
  return !EXITS_OF_THE_PROBE.includes(answer.exit) && !(lookUpFailed(answer) && attempt < ATTEMPTS);
}

function whyMissing(execution: ExecResult, hello: boolean, ended: boolean): string {
  const { end } = execution;
  const said = execution.stderr.trim().split("\n").at(-1) ?? "";
  const stderr = said === "" ? "" : `: ${said.slice(0, 200)}`;
  if (end.kind === "broken") return end.reason;
  if (!hello) return `the container ran no POSIX shell (exit code ${end.code})${stderr}`;
  return ended ? `curl gave no result for it${stderr}` : `the stream ended early (exit code ${end.code})${stderr}`;
}
