/** The patterns `NAMESPACE[/NAME[:PORT]]` of a plan, with globs in each part. */
import { isPort } from "./destination-url.js";
import { isGlob } from "./glob.js";
import type { Read } from "./values.js";

export interface Pattern {
  readonly namespace: string;
  readonly name?: string;
  readonly port?: string;
}

const PARTS = /^([^/:]+)(?:\/([^/:]+)(?::([^/:]+))?)?$/;

/** Takes a pattern apart, or says what is wrong with it. */
export function readPattern(text: string): Read<Pattern> {
  const parts = PARTS.exec(text);
  if (parts === null)
    return wrong(`is ${JSON.stringify(text)} and has to be NAMESPACE, NAMESPACE/NAME or NAMESPACE/NAME:PORT`);
  const [, namespace = "", name, port] = parts;
  const problem = namespaceProblem(namespace) ?? nameProblem(name) ?? portProblem(port);
  if (problem !== undefined) return wrong(problem);
  return {
    ok: true,
    value: { namespace, ...(name === undefined ? {} : { name }), ...(port === undefined ? {} : { port }) },
  };
}

/** What is wrong with a glob for namespaces; undefined where nothing is. */
export function namespaceProblem(glob: string | undefined): string | undefined {
  if (glob === undefined || /^[-a-z0-9*?]{1,63}$/.test(glob)) return undefined;
  return `has the namespace ${JSON.stringify(glob)}, which no namespace can fit: lower-case letters, digits, - and the globs * and ?`;
}

/** What is wrong with a glob for names of workloads, Services or hosts; undefined where nothing is. */
export function nameProblem(glob: string | undefined): string | undefined {
  if (glob === undefined || /^[-A-Za-z0-9._*?]{1,253}$/.test(glob)) return undefined;
  return `has the name ${JSON.stringify(glob)}, which no name can fit: letters, digits, -, . and the globs * and ?`;
}

/** What is wrong with a glob for ports; undefined where nothing is. */
export function portProblem(glob: string | undefined): string | undefined {
  if (glob === undefined || isPort(glob) || (isGlob(glob) && /^[0-9*?]{1,9}$/.test(glob))) return undefined;
  return `has the port ${JSON.stringify(glob)}, which has to be between 1 and 65535, or a glob`;
}

function wrong(text: string): { readonly ok: false; readonly wrong: string } {
  return { ok: false, wrong: text };
}
