/** YAML and JSON texts read as kubectl reads them, with the line of everything in them. */
import { parseEvents, YAMLException, type Event } from "js-yaml";
import { errorProblem, messageOf, type Problem } from "../problems.js";
import { compose } from "./compose.js";
import { lineIndex } from "./lines.js";
import { locate, valueOf, type YamlNode } from "./node.js";

/** The way from the root of a document to a node: keys of mappings and indexes of lists. */
export type YamlPath = readonly (string | number)[];

/** One document of a text. */
export interface LocatedDocument {
  readonly file: string;
  /** Plain JSON data, the document's own: aliases are written out, and nothing of it is shared. */
  readonly value: unknown;
  /** The 1-based line of what is at the path: of the key in a mapping, of the item in a list; else of the nearest parent. */
  lineOf(path: YamlPath): number;
  /** The text of the scalar at the path before it was taken for a number or the like; undefined where no scalar is. */
  textOf(path: YamlPath): string | undefined;
}

/** What a text holds: its documents that are well formed, in order, and what is wrong with the others. */
export interface Located {
  readonly documents: LocatedDocument[];
  readonly problems: Problem[];
}

/**
 * Reads a text of any number of YAML documents, or a JSON text. Documents without content are left out. What is wrong comes
 * back as problems with their line in `file`, all of them that can be seen at once; a document with a syntax error is left
 * out, and the others are there. Never throws.
 */
export function parseLocated(text: string, file: string): Located {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const whole = parseSection(source, file, 1);
  if (whole.events !== undefined) return whole;
  // A syntax error ends the parser's work for good. Read document by document, it hides nothing of the others.
  const sections = sectionsOf(source).map((section) => parseSection(section.text, file, section.firstLine));
  const found = { documents: sections.flatMap((s) => s.documents), problems: sections.flatMap((s) => s.problems) };
  return found.problems.length > 0 ? found : whole;
}

/** Reads a text that begins on a line of a file. `events` is undefined where the syntax is wrong. */
function parseSection(text: string, file: string, firstLine: number): Located & { events: Event[] | undefined } {
  const lineInText = lineIndex(text);
  const lineAt = (offset: number): number => lineInText(offset) + firstLine - 1;
  let events: Event[];
  try {
    events = parseEvents(text, {});
  } catch (thrown) {
    const [reason, line] = syntaxError(thrown);
    // What is missing at the end is told of the last line with text rather than of one that is not there.
    const lastLine = lineInText(text.trimEnd().length);
    const where = { file, line: Math.min(line, lastLine) + firstLine - 1 };
    const problem = errorProblem("yaml-syntax", `not YAML: ${reason}`, where);
    return { documents: [], problems: [problem], events: undefined };
  }
  const { roots, problems } = compose(text, events, lineAt);
  return {
    documents: roots.flatMap((root) => (root === undefined ? [] : [documentOf(root, file)])),
    problems: problems.map(({ code, message, line }) => errorProblem(code, message, { file, line })),
    events,
  };
}

function syntaxError(thrown: unknown): [reason: string, line: number] {
  if (!(thrown instanceof YAMLException)) return [messageOf(thrown), 1];
  return [thrown.reason, (thrown.mark?.line ?? 0) + 1];
}

/** The text cut at the lines that begin a document. */
function sectionsOf(text: string): { text: string; firstLine: number }[] {
  const lineAt = lineIndex(text);
  const starts = [0, ...[...text.matchAll(/^---(?=\s|$)/gm)].map((match) => match.index).filter((start) => start > 0)];
  return starts.map((start, i) => ({ text: text.slice(start, starts[i + 1]), firstLine: lineAt(start) }));
}

function documentOf(root: YamlNode, file: string): LocatedDocument {
  return {
    file,
    value: valueOf(root),
    lineOf: (path) => locate(root, path).line,
    textOf: (path) => {
      const { node } = locate(root, path);
      return node?.kind === "scalar" ? node.text : undefined;
    },
  };
}
