import type { Problem } from "../problems.js";
import { warningProblem } from "../problems.js";
import { lastLine, refusal } from "./git.js";
import type { Git } from "./git.js";

/** The commit that a mesh is compared with. */
export interface BaseCommit {
  readonly commit: string;
  /** How messages name files of it: the ref where it is that commit itself, else the commit. */
  readonly name: string;
  /** The working folder in the repository: "" or `deploy/`. */
  readonly prefix: string;
  readonly problems: readonly Problem[];
}

const DEEPEN = "fetch it first: fetch-depth: 0 of actions/checkout, or git fetch origin";

/**
 * The commit to compare with: where what is checked out and the ref parted, as a pull request is shown. A branch that only
 * the remote has is found there.
 *
 * @throws Refusal with what to do, where there is no such commit
 */
export async function baseCommit(git: Git, ref: string): Promise<BaseCommit> {
  const prefix = await prefixOf(git);
  const shallow = (await git.output(["rev-parse", "--is-shallow-repository"])).trim() === "true";
  const tip = await resolved(git, ref, shallow);
  const common = await git.run(["merge-base", "HEAD", tip]);
  const commit = common.code === 0 ? (common.stdout.trim().split("\n")[0] ?? tip) : tip;
  const name = commit === tip ? ref : commit.slice(0, SHORT);
  return { commit, name, prefix, problems: common.code === 0 ? [] : [noCommonCommit(ref, shallow)] };
}

const SHORT = 12;

function noCommonCommit(ref: string, shallow: boolean): Problem {
  const why = shallow ? ", as far as this shallow clone knows" : "";
  return warningProblem(
    "base-no-common-commit",
    `HEAD and ${ref} have no commit in common${why}: compared with ${ref} itself, so what others changed there counts the other way round`,
    undefined,
    shallow ? `${DEEPEN} --unshallow` : "compare with a branch of the same history",
  );
}

async function prefixOf(git: Git): Promise<string> {
  const { code, stdout, stderr } = await git.run(["rev-parse", "--show-prefix"]);
  if (code === 0) return stdout.replace(/\n$/u, "");
  const said = lastLine(stderr);
  const hint = stderr.includes("dubious ownership")
    ? "git config --global --add safe.directory with this folder"
    : "run it in a clone of the repository (actions/checkout makes one), or compare with dir:PATH";
  throw refusal(`base is a git ref, and this folder is in no repository that git reads: ${said}`, hint);
}

/** A ref comes from whoever writes the workflow or opens the pull request: it is never an option. */
async function resolved(git: Git, ref: string, shallow: boolean): Promise<string> {
  if (ref.startsWith("-")) throw refusal(`base ${ref} is no git ref`, "no ref begins with -");
  const found = await verified(git, ref);
  if (found.commit === null) {
    const remote = await verified(git, `refs/remotes/origin/${ref}`);
    if (remote.commit !== null) return remote.commit;
    const here = shallow ? "this shallow clone" : "this repository";
    const said = found.said.includes("ambiguous") ? ` (${found.said})` : "";
    throw refusal(
      `base ${ref} is no commit that ${here} has${said}`,
      `${DEEPEN} ${/^[\w./-]+$/u.test(ref) ? ref : "REF"}; a folder is dir:PATH`,
    );
  }
  if (found.said.includes("ambiguous")) {
    throw refusal(`base ${ref} is ambiguous: ${found.said}`, `write refs/heads/${ref} or refs/tags/${ref}`);
  }
  return found.commit;
}

async function verified(git: Git, ref: string): Promise<{ commit: string | null; said: string }> {
  const { code, stdout, stderr } = await git.run(["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`]);
  const commit = stdout.trim();
  const lines = stderr.trim().split("\n");
  const said = lines.find((line) => line.includes("ambiguous")) ?? lines.at(-1) ?? "";
  return { commit: code === 0 && /^[0-9a-f]{40,64}$/u.test(commit) ? commit : null, said };
}
