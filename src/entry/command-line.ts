import { problemText } from "../problems.js";
import { terminal } from "../report/escape.js";
import { readArguments } from "../settings/cli-arguments.js";
import { version } from "./version.js";

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
    case "init": {
      const { initInTerminal } = await import("./init-in-terminal.js");
      return await initInTerminal(request.options);
    }
    case "completion": {
      const { completionScript } = await import("../settings/completion-script.js");
      process.stdout.write(completionScript(request.shell));
      return 0;
    }
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
