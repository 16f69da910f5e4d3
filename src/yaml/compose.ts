/** js-yaml's events → nodes with lines, by kubectl's rules for keys, merges, tags and aliases. */
import { EVENT_ID, getScalarValue, SCALAR_STYLE, type Event, type ScalarEvent } from "js-yaml";
import type { Entry, MappingNode, ScalarNode, SequenceNode, YamlNode } from "./node.js";
import { plainScalar, taggedScalar } from "./scalars.js";

/** Something wrong with what the text says, as opposed to how it is written. */
export interface ComposeProblem {
  readonly code: "yaml-duplicate-key" | "yaml-key" | "yaml-merge" | "yaml-alias" | "yaml-value";
  readonly message: string;
  readonly line: number;
}

/**
 * How large and how deep a document may be with its aliases written out: a few lines of aliases can stand for billions of
 * nodes. Without aliases the parser's own bound on the depth and the length of the text are enough.
 */
const MOST_NODES = 200_000;
const MOST_DEPTH = 500;

/**
 * The root of each document, undefined for one without content, and everything that is wrong. Where something is wrong the
 * rest is still composed, so that all problems come at once; the roots are then not to be used.
 */
export function compose(
  text: string,
  events: readonly Event[],
  lineAt: (offset: number) => number,
): { roots: (YamlNode | undefined)[]; problems: ComposeProblem[] } {
  const composer = new Composer(text, events, lineAt);
  const roots = composer.documents();
  return { roots, problems: composer.problems };
}

interface Anchored {
  /** Undefined as long as the node is still being read: an alias to it would contain itself. */
  node: YamlNode | undefined;
}

class Composer {
  readonly problems: ComposeProblem[] = [];
  private readonly text: string;
  private readonly events: readonly Event[];
  private readonly lineAt: (offset: number) => number;
  private next = 0;
  private anchors = new Map<string, Anchored>();
  private handles = new Map<string, string>();
  private boundsTold = false;

  constructor(text: string, events: readonly Event[], lineAt: (offset: number) => number) {
    this.text = text;
    this.events = events;
    this.lineAt = lineAt;
  }

  documents(): (YamlNode | undefined)[] {
    const roots: (YamlNode | undefined)[] = [];
    while (this.next < this.events.length) {
      const event = this.take();
      if (event.type !== EVENT_ID.DOCUMENT) continue;
      this.anchors = new Map();
      this.boundsTold = false;
      this.handles = new Map([["!!", "tag:yaml.org,2002:"]]);
      for (const directive of event.directives) {
        if (directive.kind === "tag") this.handles.set(directive.handle, directive.prefix);
      }
      const first = this.peek();
      const empty = first?.type === EVENT_ID.SCALAR && first.valueStart < 0 && first.tagStart < 0;
      const root = this.node(1);
      roots.push(empty ? undefined : root);
      this.take();
    }
    return roots;
  }

  private peek(): Event | undefined {
    return this.events[this.next];
  }

  private take(): Event {
    const event = this.events[this.next++];
    if (event === undefined) throw new Error("the events of the YAML parser end too early");
    return event;
  }

  /** Reads one node. `fallbackLine` is for a node that has no text of its own, such as the value of `key:`. */
  private node(fallbackLine: number): YamlNode {
    const event = this.take();
    const line = this.lineOf(event) ?? fallbackLine;
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.anchored(event, () => this.scalar(event, line));
      case EVENT_ID.SEQUENCE:
        return this.anchored(event, () => this.sequence(line));
      case EVENT_ID.MAPPING:
        return this.anchored(event, () => this.mapping(line));
      case EVENT_ID.ALIAS:
        return this.alias(this.text.slice(event.anchorStart, event.anchorEnd), line);
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.POP:
        throw new Error("the YAML parser gave no node where one has to be");
    }
  }

  private lineOf(event: Event): number | undefined {
    let offset = -1;
    if (event.type === EVENT_ID.SCALAR) offset = scalarStart(event);
    else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) offset = event.start;
    else if (event.type === EVENT_ID.ALIAS) offset = event.anchorStart;
    return offset < 0 ? undefined : this.lineAt(offset);
  }

  private anchored(event: { anchorStart: number; anchorEnd: number }, read: () => YamlNode): YamlNode {
    if (event.anchorStart < 0) return read();
    const anchored: Anchored = { node: undefined };
    this.anchors.set(this.text.slice(event.anchorStart, event.anchorEnd), anchored);
    anchored.node = read();
    return anchored.node;
  }

  private alias(name: string, line: number): YamlNode {
    const anchored = this.anchors.get(name);
    if (anchored?.node !== undefined) return anchored.node;
    const message =
      anchored === undefined
        ? `there is no anchor &${name} before the alias *${name}`
        : `the alias *${name} stands for what contains it`;
    this.problem("yaml-alias", message, line);
    return nullAt(line);
  }

  private scalar(event: ScalarEvent, line: number): ScalarNode {
    const text = getScalarValue(this.text, event);
    const tag = event.tagStart < 0 ? "" : this.text.slice(event.tagStart, event.tagEnd);
    const plain = event.style === SCALAR_STYLE.PLAIN;
    let scalar: ReturnType<typeof plainScalar> = { value: text };
    if (tag !== "") scalar = taggedScalar(this.fullTag(tag), text);
    else if (plain) scalar = plainScalar(text);
    if ("wrong" in scalar) this.problem("yaml-value", scalar.wrong, line);
    return { kind: "scalar", line, size: 1, depth: 1, text, value: "wrong" in scalar ? text : scalar.value };
  }

  private fullTag(tag: string): string {
    if (tag.startsWith("!<")) return tag.slice(2, -1);
    const handle = /^!(?:[-0-9A-Za-z]*!)?/.exec(tag)?.[0] ?? "";
    return (this.handles.get(handle) ?? handle) + tag.slice(handle.length);
  }

  private sequence(line: number): SequenceNode {
    const items: YamlNode[] = [];
    let size = 1;
    let depth = 1;
    while (this.peek()?.type !== EVENT_ID.POP) {
      const item = this.bounded(this.node(line), size);
      items.push(item);
      size += item.size;
      depth = Math.max(depth, 1 + item.depth);
    }
    this.take();
    return { kind: "sequence", line, size, depth, items };
  }

  private mapping(line: number): MappingNode {
    const entries = new Map<string, Entry>();
    const ownKeys = new Map<string, number>();
    let size = 1;
    let depth = 1;
    while (this.peek()?.type !== EVENT_ID.POP) {
      const mergeKey = this.atMergeKey();
      const key = this.node(line);
      const value = this.bounded(this.node(key.line), size);
      size += value.size;
      depth = Math.max(depth, 1 + value.depth);
      if (mergeKey) {
        this.merge(entries, value);
        continue;
      }
      const name = this.keyName(key);
      if (name === undefined) continue;
      const before = ownKeys.get(name);
      if (before !== undefined) {
        this.problem(
          "yaml-duplicate-key",
          `the key ${JSON.stringify(name)} is there already, on line ${before}`,
          key.line,
        );
      }
      ownKeys.set(name, key.line);
      entries.set(name, { line: key.line, node: value });
    }
    this.take();
    return { kind: "mapping", line, size, depth, entries };
  }

  /** Keeps what aliases stand for within bounds, and says so once for a document: many small ones count like one large one. */
  private bounded(node: YamlNode, sizeSoFar: number): YamlNode {
    if (this.anchors.size === 0 || (sizeSoFar + node.size <= MOST_NODES && node.depth < MOST_DEPTH)) return node;
    if (!this.boundsTold) {
      this.boundsTold = true;
      const message = `with its aliases written out the document is more than ${MOST_NODES} values or ${MOST_DEPTH} levels`;
      this.problem("yaml-alias", message, node.line);
    }
    return nullAt(node.line);
  }

  private atMergeKey(): boolean {
    const event = this.peek();
    if (event?.type !== EVENT_ID.SCALAR || getScalarValue(this.text, event) !== "<<") return false;
    if (event.tagStart < 0) return event.style === SCALAR_STYLE.PLAIN;
    return this.fullTag(this.text.slice(event.tagStart, event.tagEnd)) === "tag:yaml.org,2002:merge";
  }

  /**
   * Merged keys replace those that stand before `<<` and give way to those behind it, as kubectl has it; YAML's own rule
   * would let every key of the mapping win. Of a list, the first mapping with a key wins.
   */
  private merge(entries: Map<string, Entry>, value: YamlNode): void {
    const mappings = value.kind === "sequence" ? [...value.items].reverse() : [value];
    for (const mapping of mappings) {
      if (mapping.kind !== "mapping") {
        this.problem("yaml-merge", "what << merges has to be a mapping or a list of mappings", mapping.line);
        continue;
      }
      for (const [key, entry] of mapping.entries) entries.set(key, entry);
    }
  }

  /** The text that a key has in JSON: numbers and booleans become the text of their value, so that `010` is `8`. */
  private keyName(key: YamlNode): string | undefined {
    if (key.kind === "scalar" && key.value !== null) return String(key.value);
    const what = key.kind === "scalar" ? "null" : `a ${key.kind}`;
    this.problem("yaml-key", `a key has to be text and is ${what}`, key.line);
    return undefined;
  }

  private problem(code: ComposeProblem["code"], message: string, line: number): void {
    this.problems.push({ code, message, line });
  }
}

/** Where a scalar begins. A block's text begins on the line behind its sign, right after the end of the sign's line. */
function scalarStart(event: ScalarEvent): number {
  if (event.tagStart >= 0) return event.tagStart;
  if (event.anchorStart >= 0) return event.anchorStart;
  const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
  return block ? event.valueStart - 1 : event.valueStart;
}

function nullAt(line: number): ScalarNode {
  return { kind: "scalar", line, size: 1, depth: 1, text: "", value: null };
}
