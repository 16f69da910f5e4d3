import type { World } from "./world.js";
import type { TruthDestination } from "./case.js";

/** One call as a person would make it: what curl itself prints. */
export async function rawCurl(
  world: World,
  from: string,
  { url, method = "GET", headers = {} }: TruthDestination,
  signal: AbortSignal,
): Promise<string> {
  const words = [
    ...["curl", "-sS", "--max-time", "5", "--path-as-is", "-o", "/dev/null"],
    ...["-w", "%{http_code} exit=%{exitcode} %{errormsg}\\n"],
    ...(method === "GET" ? [] : method === "HEAD" ? ["-I"] : ["-X", method]),
    ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    url,
  ];
  const { stdout, stderr, end } = await world.kubernetes.exec(world.client(from).target, words, { signal });
  return `${stdout.trim()}${stderr.trim() === "" ? "" : ` | ${stderr.trim()}`}${end.kind === "exit" ? "" : ` | ${end.reason}`}`;
}
