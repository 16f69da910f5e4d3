import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { terminal } from "../../src/report/escape.js";
import { reproduceCommand } from "../../src/report/reproduce.js";
import { client, destination, HOSTILE } from "./builders.js";

/** The arguments that kubectl would get of a shell. */
function argumentsOf(command: string): string[] {
  const script = `kubectl() { for one in "$@"; do printf '%s\\0' "$one"; done; }\n${command}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

const plain = { from: client("legacy"), to: destination("foo") };

describe("the command that makes a call again", () => {
  it("is the demo's own", () => {
    expect(reproduceCommand(plain)).toBe(
      String.raw`kubectl -n legacy exec deploy/sleep -c sleep -- curl -sS -o /dev/null -w '%{http_code}\n' http://httpbin.foo:8000/ip`,
    );
  });

  it("names the context", () => {
    expect(reproduceCommand(plain, { context: "kind gate" })).toMatch(/^kubectl --context 'kind gate' -n legacy /u);
  });

  it.each([
    ["StatefulSet", "statefulset/sleep"],
    ["DaemonSet", "daemonset/sleep"],
    ["Pod", "pod/sleep"],
    ["Job", "job/sleep"],
  ])("finds a pod of a %s", (kind, name) => {
    expect(reproduceCommand({ ...plain, from: client("legacy", "sleep", { kind }) })).toContain(` exec ${name} `);
  });

  it.each(["CronJob", "Rollout", "constructor"])(
    "leaves the pod of a %s, which kubectl cannot find, to the reader",
    (kind) => {
      const command = reproduceCommand({ ...plain, from: client("legacy", "sleep", { kind }) });
      expect(command).toMatch(new RegExp(`exec POD -c sleep .* # POD is a pod of ${kind} sleep$`, "u"));
    },
  );

  it.each([
    ["https://httpbin.foo:8443/", "GET", ["-k"]],
    ["http://httpbin.foo:8000/", "HEAD", ["-I"]],
    ["http://httpbin.foo:8000/", "OPTIONS", ["-X", "OPTIONS"]],
    ["http://[fd00::1]:8000/", "GET", ["-g"]],
  ])("calls %s with %s by %j", (url, method, flags) => {
    const to = destination("foo", "httpbin", { url, method });
    const made = argumentsOf(reproduceCommand({ ...plain, to }) ?? "");
    expect(made.slice(made.indexOf("-sS") + 1, made.indexOf("-o"))).toEqual(flags);
    expect(made.at(-1)).toBe(url);
  });

  it.each(["tcp://db.foo:5432", "tls://db.foo:5432", "grpc://x.foo:1", "-oevil"])("is none for %s", (url) => {
    expect(reproduceCommand({ ...plain, to: destination("foo", "db", { url }) })).toBeNull();
  });

  it.each(HOSTILE.map((text) => [text.toWellFormed()]))(
    "passes %j to kubectl as it is, and to nothing else",
    (text) => {
      const from = client(text, text, { container: text });
      const to = destination("foo", "httpbin", { url: `http://x/${text}` });
      const made = argumentsOf(reproduceCommand({ from, to }, { context: text }) ?? "");
      expect(made.slice(0, 8)).toEqual(["--context", text, "-n", text, "exec", `deploy/${text}`, "-c", text]);
      expect(made.at(-1)).toBe(`http://x/${text}`);
      const shown = reproduceCommand({ from: { ...from, kind: `Odd\n${text}` }, to }) ?? "";
      expect(argumentsOf(terminal(shown)).slice(0, 3)).toEqual(["-n", terminal(text), "exec"]);
    },
  );
});
