import { hostname, userInfo } from "node:os";
import { demoLines } from "../report/demo.js";
import type { Report } from "../report/document.js";
import { terminal } from "../report/escape.js";
import { phaseTitle } from "../report/words.js";
import { serialise } from "../report/serialise.js";
import { terminalReport } from "../report/terminal.js";
import { run } from "../run.js";
import { DEMO_MODES } from "../settings/settings.js";
import type { Settings } from "../settings/settings.js";
import { terminalLog } from "../terminal/log.js";
import { inColour } from "./helper-world.js";
import { clock, connect, realPorts, stopSignal } from "./world.js";
import { writeReport } from "./write-report.js";

const DEFAULT_WIDTH = 120;

/** A run of the command line: progress on standard error, the report on standard output, as text or JSON, and in report.json. */
export async function runInTerminal(settings: Settings): Promise<number> {
  const log = terminalLog(process.stderr, clock, process.env);
  let context: string | undefined;
  const { report, exit } = await run(settings, {
    ...realPorts(),
    log,
    signal: stopSignal(),
    connect: async (target) => {
      const kubernetes = await connect(target);
      context = settings.cluster === "current" && settings.context === undefined ? undefined : kubernetes.context;
      return kubernetes;
    },
    identity: `${userInfo().username} on ${hostname()}, process ${process.pid}`,
    remember: () => undefined,
    rememberFolder: () => undefined,
    rememberCluster: () => undefined,
  });
  const written = await writeReport(report, settings, context);
  process.stdout.write(
    settings.output === "json"
      ? serialise(report)
      : demoText(settings, report) + terminalReport(report, terminalOptions(context)),
  );
  written.failures.forEach((failure) => log.warning(failure));
  if (written.path !== null) log.info(`report: ${written.path}`);
  return written.failures.length > 0 && exit === 0 ? 3 : exit;
}

/** The lines of Istio's own demo, phase by phase, for who knows it. */
function demoText(settings: Settings, report: Report): string {
  if (!DEMO_MODES.includes(settings.mode)) return "";
  return report.phases.map((phase) => `${terminal(phaseTitle(phase))}\n${demoLines(phase).join("\n")}\n\n`).join("");
}

function terminalOptions(context: string | undefined): Parameters<typeof terminalReport>[1] {
  const { stdout, env } = process;
  const locale = env["LC_ALL"] ?? env["LC_CTYPE"] ?? env["LANG"] ?? "";
  return {
    width: stdout.isTTY ? stdout.columns : DEFAULT_WIDTH,
    unicode: /utf-?8/iu.test(locale) || env["CI"] !== undefined || process.platform === "darwin",
    colour: inColour(process),
    ...(context === undefined ? {} : { context }),
  };
}
