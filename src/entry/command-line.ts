import { readFileSync } from "node:fs";
import { join } from "node:path";
import { problemText } from "../problems.js";
import { terminal } from "../report/escape.js";
import { readArguments } from "../settings/cli-arguments.js";

/** The command line, from its words to its exit code. What a command needs is loaded only for it. */
export async function main(words: readonly string[]): Promise<number> {
  const request = readArguments(words, version());
  switch (request.kind) {
    case "print":
      (request.exit === 0 ? process.stdout : process.stderr).write(request.text);
      return request.exit;
    case "refused":
      process.stderr.write(request.problems.map((one) => `mtls-gate: ${terminal(problemText(one))}\n`).join(""));
      return 2;
    case "run": {
      const { runInTerminal } = await import("./run-in-terminal.js");
      return await runInTerminal(request.settings);
    }
    case "explain": {
      const { explainInTerminal } = await import("./explain-in-terminal.js");
      return await explainInTerminal(request.options);
    }
    case "plan-strict": {
      const { planStrictInTerminal } = await import("./plan-strict-in-terminal.js");
      return await planStrictInTerminal(request.options);
    }
    case "expect": {
      const { expectInTerminal } = await import("./expect-in-terminal.js");
      return await expectInTerminal(request.options);
    }
    case "rbac": {
      const { rbacInTerminal } = await import("./rbac-in-terminal.js");
      return await rbacInTerminal(request.options);
    }
  }
}

/** The package's version, from the package.json above dist/. */
function version(): string {
  for (const above of ["../..", ".."]) {
    try {
      const { name, version: found } = JSON.parse(
        readFileSync(join(import.meta.dirname, above, "package.json"), "utf8"),
      ) as { name?: string; version?: string };
      if (name === "mtls-gate" && found !== undefined) return found;
    } catch {
      // Not here: the next folder up.
    }
  }
  return "0.0.0";
}
