import type { Commands, Host } from "../../ports.js";
import type { Problem } from "../../problems.js";
import { errorProblem, messageOf } from "../../problems.js";

/** What runs the containers that kind's nodes are. */
export interface Engine {
  readonly name: EngineName;
  /** Has kind take this engine. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its images and containers are, and how much memory its machine has; null where it does not tell. */
  readonly root: string | null;
  readonly memory: number | null;
  readonly rootless: boolean;
}

const ENGINES = ["docker", "podman", "nerdctl"] as const;
type EngineName = (typeof ENGINES)[number];

const CHOICE = "KIND_EXPERIMENTAL_PROVIDER";
const ANSWER_MS = 20_000;

/**
 * Finds a container engine that answers: the one that KIND_EXPERIMENTAL_PROVIDER names, else the first that is there, in
 * the order in which kind looks for them.
 *
 * @returns the engine, or what stands in the way
 */
export async function findEngine(
  { commands, host }: { commands: Commands; host: Host },
  signal: AbortSignal,
): Promise<Engine | Problem> {
  const named = host.env[CHOICE] ?? "";
  if (named !== "" && !isEngine(named)) {
    const message = `${CHOICE} is ${named}, which kind does not know`;
    return errorProblem("container-engine", message, undefined, `one of: ${ENGINES.join(", ")}`);
  }
  const silent: string[] = [];
  for (const name of named === "" ? ENGINES : [named]) {
    const answer = await ask(commands, name, signal);
    if (typeof answer !== "string") return fit(answer);
    silent.push(`${name}: ${answer}`);
  }
  const hint = `start it (systemctl start docker), see that this user may use its socket, or name another in ${CHOICE}; cluster current needs none`;
  return errorProblem("container-engine", `no container engine answers: ${silent.join("; ")}`, undefined, hint);
}

/** Whether it is an engine. */
export function isFound(found: Engine | Problem): found is Engine {
  return "env" in found;
}

function isEngine(name: string): name is EngineName {
  return ENGINES.some((one) => one === name);
}

interface Answer extends Engine {
  readonly cgroup: string;
}

/** What `docker info` and `nerdctl info` tell, as far as it is asked for. */
interface DockerInfo {
  readonly MemTotal?: number;
  readonly DockerRootDir?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly CgroupVersion?: string;
}
/** What `podman info` tells. */
interface PodmanInfo {
  readonly host?: {
    readonly memTotal?: number;
    readonly cgroupVersion?: string;
    readonly security?: { readonly rootless?: boolean };
  };
  readonly store?: { readonly graphRoot?: string };
}

/** The engine, or why it does not answer. */
async function ask(commands: Commands, name: EngineName, signal: AbortSignal): Promise<Answer | string> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const args = ["info", "--format", name === "podman" ? "json" : "{{json .}}"];
  try {
    const { code, stdout, stderr } = await commands.run(name, args, { signal: limited, stops: true });
    if (code !== 0) return lastLine(stderr) || `exit code ${code}`;
    const told =
      name === "podman" ? podman(JSON.parse(stdout) as PodmanInfo) : docker(JSON.parse(stdout) as DockerInfo);
    return { name, env: { [CHOICE]: name }, ...told };
  } catch (thrown) {
    signal.throwIfAborted();
    return limited.aborted ? `no answer within ${ANSWER_MS / 1000} s` : messageOf(thrown);
  }
}

type Told = Omit<Answer, "name" | "env">;

function docker({ MemTotal, DockerRootDir, SecurityOptions, CgroupVersion }: DockerInfo): Told {
  const rootless = (SecurityOptions ?? []).some((one) => one.includes("name=rootless"));
  return { memory: MemTotal ?? null, root: DockerRootDir ?? null, rootless, cgroup: CgroupVersion ?? "" };
}

function podman({ host, store }: PodmanInfo): Told {
  const rootless = host?.security?.rootless ?? false;
  return {
    memory: host?.memTotal ?? null,
    root: store?.graphRoot ?? null,
    rootless,
    cgroup: host?.cgroupVersion ?? "",
  };
}

/** kind's nodes need control groups of their own, which a rootless engine gets of version 2 only. */
function fit({ cgroup, ...engine }: Answer): Engine | Problem {
  if (!engine.rootless || !/^v?1$/.test(cgroup)) return engine;
  const message = `${engine.name} is rootless and has control groups of version 1: kind does not run there`;
  const hint = "boot with cgroup v2 (systemd.unified_cgroup_hierarchy=1), or use an engine of root";
  return errorProblem("container-engine", message, undefined, hint);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
}
