/** The completion scripts, asked by the shells that they are for. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readArguments } from "../../src/settings/cli-arguments.js";
import { completionScript } from "../../src/settings/completion-script.js";
import { completedCommands } from "../../src/settings/completion-table.js";
import { HELPERS, SHELLS, type Shell } from "../../src/settings/helper-commands.js";
import { DIRECTIONS, FORMATS, MODES } from "../../src/settings/settings.js";

function has(shell: Shell): boolean {
  return spawnSync(shell, ["--version"]).error === undefined;
}

const folder = mkdtempSync(join(tmpdir(), "mtls-gate-completion-"));
const scripts = Object.fromEntries(
  SHELLS.map((shell) => {
    const path = join(folder, `completion.${shell}`);
    writeFileSync(path, completionScript(shell));
    return [shell, path];
  }),
) as Record<Shell, string>;

/** What bash would offer behind these words, the last of which is being written. */
function bash(...words: string[]): string[] {
  const ask = `source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _mtls_gate 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync("bash", ["--norc", "-c", ask, "bash", scripts.bash, "mtls-gate", ...words], {
    encoding: "utf8",
  });
  return text.split("\n").filter((line) => line !== "");
}

function fish(line: string): string[] {
  const ask = `source ${scripts.fish}; complete -C ${JSON.stringify(`mtls-gate ${line}`)}`;
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  return execFileSync("fish", ["--no-config", "-c", ask], { encoding: "utf8", env, cwd: folder })
    .split("\n")
    .map((one) => one.split("\t")[0] ?? "")
    .filter((one) => one !== "");
}

const zshFunctions = join(folder, "functions");
mkdirSync(zshFunctions);
copyFileSync(scripts.zsh, join(zshFunctions, "_mtls-gate"));
/** The two ways to load it that its help names. */
const ZSH_SOURCED = `autoload -U compinit; compinit -u -D; source ${scripts.zsh}`;
const ZSH_INSTALLED = `fpath=(${zshFunctions} $fpath); autoload -U compinit; compinit -u -D`;

/** Types a line at a new interactive zsh, presses the tabulator, and gives what the line has become. */
function zsh(line: string, load = ZSH_SOURCED): string {
  const ask = `zmodload zsh/zpty; zpty z zsh -f -i
    zpty -w z 'PS1=; unsetopt beep; ${load}; done-here() { print -r -- "<$BUFFER>"; zle kill-buffer }; zle -N done-here; bindkey "^X" done-here; print ready-\${:-now}'
    zpty -r z out '*ready-now*'
    zpty -w -n z $'${line}\\t\\x18'
    zpty -r z out '*<*>*'; print -r -- "$out"; zpty -d z`;
  const out = execFileSync("zsh", ["-f", "-c", ask], { encoding: "utf8", timeout: 20_000, cwd: folder });
  return /<([^<>]*)>/u.exec(out)?.[1]?.trim() ?? out;
}

describe("the table", () => {
  it("has every command that the command line takes, and flags that it takes there", () => {
    const commands = completedCommands();
    expect(commands.map(({ name }) => name)).toEqual([...MODES, ...HELPERS, "completion", "help"]);
    for (const { name, flags } of commands) {
      for (const { flag } of flags) {
        const request = readArguments([name, ...(name === "rbac" ? ["audit"] : []), flag], "1");
        const problems = request.kind === "refused" ? request.problems.map(({ message }) => message) : [];
        const wrong = ["is no flag", `has no use in ${name}`, `has no use in mode ${name}`];
        expect(problems.filter((one) => wrong.some((text) => one.includes(text)))).toEqual([]);
      }
    }
  });
  it("has descriptions of one line each", () => {
    for (const { description, flags } of completedCommands()) {
      for (const text of [description, ...flags.map((one) => one.description)]) {
        expect(text).toMatch(/^[^\n`]{5,}[^.;]$/u);
      }
    }
  });
});

describe("bash", () => {
  it("completes the first word", () => {
    expect(bash("pre")).toEqual(["predict"]);
    expect(bash("")).toEqual([...MODES, ...HELPERS, "completion", "help", "--help", "--version"]);
  });
  it("completes the flags of the mode or helper command alone", () => {
    expect(bash("predict", "--fa")).toEqual(["--fail-on"]);
    expect(bash("audit", "--fa")).toEqual([]);
    expect(bash("explain", "--fr")).toEqual(["--from"]);
    expect(bash("predict", "--github")).toEqual([]);
  });
  it("completes values of enums, behind a space and behind =", () => {
    expect(bash("audit", "--cluster", "")).toEqual(["kind", "current", "local"]);
    expect(bash("audit", "--cluster", "=", "cu")).toEqual(["current"]);
    expect(bash("audit", "--cluster", "=")).toEqual(["kind", "current", "local"]);
    expect(bash("predict", "--output", "j")).toEqual(["json"]);
    expect(bash("explain", "--method", "P")).toEqual(expect.arrayContaining(["POST", "PUT"]));
  });
  it("completes each item of a list", () => {
    expect(bash("predict", "--fail-on", "")).toEqual([...DIRECTIONS, "none"]);
    expect(bash("predict", "--formats", "junit,sa")).toEqual(["junit,sarif"]);
    expect(bash("predict", "--formats", "")).toEqual(FORMATS);
  });
  it("offers flags after one that can go without its value, and leaves paths and free texts alone", () => {
    expect(bash("policies", "--allow-replace", "--pol")).toEqual(["--policies"]);
    expect(bash("policies", "--allow-replace", "")).toEqual(["true", "false"]);
    expect(bash("policies", "--policies", "")).toEqual([]);
    expect(bash("policies", "--context", "")).toEqual([]);
  });
  it("completes what follows rbac, help and completion", () => {
    expect(bash("rbac", "au")).toEqual(["audit"]);
    expect(bash("help", "plan")).toEqual(["plan-strict"]);
    expect(bash("completion", "")).toEqual([...SHELLS, "--help"]);
  });
});

describe.skipIf(!has("fish"))("fish", () => {
  it("completes words, flags, values and lists", () => {
    expect(fish("pre")).toEqual(["predict"]);
    expect(fish("predict --fail")).toEqual(["--fail-on"]);
    expect(fish("audit --fail")).toEqual([]);
    expect(fish("audit --cluster ").toSorted()).toEqual(["current", "kind", "local"]);
    expect(fish("predict --formats junit,sa")).toContain("junit,sarif");
    expect(fish("rbac au")).toEqual(["audit"]);
  });
});

describe.skipIf(!has("zsh"))("zsh", () => {
  it("completes words, flags, values and lists", () => {
    expect(zsh("mtls-gate pre")).toBe("mtls-gate predict");
    expect(zsh("mtls-gate predict --fail")).toBe("mtls-gate predict --fail-on");
    expect(zsh("mtls-gate audit --cluster cu")).toBe("mtls-gate audit --cluster current");
    expect(zsh("mtls-gate audit --cluster=cu")).toBe("mtls-gate audit --cluster=current");
    expect(zsh("mtls-gate predict --formats junit,sar")).toBe("mtls-gate predict --formats junit,sarif");
    expect(zsh("mtls-gate rbac aud")).toBe("mtls-gate rbac audit");
  });
  it("completes from the first time on where it is installed among the functions", () => {
    expect(zsh("mtls-gate predict --fail", ZSH_INSTALLED)).toBe("mtls-gate predict --fail-on");
  });
});

describe("mtls-gate completion", () => {
  const read = (...words: string[]) => readArguments(["completion", ...words], "1");
  it("takes one shell that it knows", () => {
    for (const shell of SHELLS) expect(read(shell)).toEqual({ kind: "completion", shell });
    expect(read()).toMatchObject({ kind: "refused", problems: [{ message: "completion needs a shell" }] });
    expect(read("bsh")).toMatchObject({ kind: "refused", problems: [{ hint: "did you mean bash?" }] });
    expect(read("bash", "zsh").kind).toBe("refused");
    const help = read("--help");
    expect(help).toEqual(readArguments(["help", "completion"], "1"));
    expect(help).toMatchObject({ kind: "print", exit: 0, text: expect.stringContaining("bash|zsh|fish") as string });
  });
});
