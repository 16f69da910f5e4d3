import { clock, realPorts } from "../../src/entry/world.js";
import type { RunPorts } from "../../src/run.js";

export { clock };

/** The ports of a run as they are in the world, but for a log that is kept, files that a test holds, and a name of its own. */
export function keptPorts(log: string[], files: Readonly<Record<string, string>>): RunPorts {
  const tell = (text: string): void => void log.push(text);
  return {
    ...realPorts(),
    log: {
      info: tell,
      warning: tell,
      progress: tell,
      group: async (title, work) => {
        tell(title);
        return await work();
      },
    },
    files: {
      stat: (path) => Promise.resolve(path in files ? "file" : null),
      readDir: () => Promise.resolve([]),
      readText: (path) => Promise.resolve(files[path] ?? ""),
      readStdin: () => Promise.reject(new Error("a test has no standard input")),
    },
    runId: "r-test",
    identity: "a test",
    remember: () => undefined,
    rememberFolder: () => undefined,
    rememberCluster: () => undefined,
    signal: new AbortController().signal,
  };
}
