/** A node of a YAML document with the line it stands on. */

export type YamlNode = ScalarNode | SequenceNode | MappingNode;

interface NodeBase {
  /** The line on which the node's own text begins. */
  readonly line: number;
  /** How many nodes it is, itself included, with every alias counted as what it stands for. */
  readonly size: number;
  /** How many nodes lie on the longest way down from it, itself included, aliases counted in the same way. */
  readonly depth: number;
}

export interface ScalarNode extends NodeBase {
  readonly kind: "scalar";
  /** What is written, with quotes, folds and escapes undone and not yet taken for a number or the like. */
  readonly text: string;
  readonly value: string | number | boolean | null;
}

export interface SequenceNode extends NodeBase {
  readonly kind: "sequence";
  readonly items: readonly YamlNode[];
}

/** One key of a mapping. `line` is the key's, which for a merged key is where the merged mapping has it. */
export interface Entry {
  readonly line: number;
  readonly node: YamlNode;
}

export interface MappingNode extends NodeBase {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, Entry>;
}

/** The plain value of a node, made anew at each call and for each alias, so that nothing in it is shared. */
export function valueOf(node: YamlNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "sequence":
      return node.items.map(valueOf);
    case "mapping": {
      const object = {};
      for (const [key, { node: value }] of node.entries) {
        // An assignment to `__proto__` would set the prototype instead of a key of that name.
        Object.defineProperty(object, key, {
          value: valueOf(value),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return object;
    }
  }
}

/** The node at a path, or its nearest parent that there is, with the line that best names the place. */
export function locate(
  root: YamlNode,
  path: readonly (string | number)[],
): { node: YamlNode | undefined; line: number } {
  let node: YamlNode = root;
  let line = root.line;
  for (const step of path) {
    const entry = child(node, step);
    if (entry === undefined) return { node: undefined, line };
    ({ node, line } = entry);
  }
  return { node, line };
}

function child(node: YamlNode, step: string | number): Entry | undefined {
  if (node.kind === "mapping") return node.entries.get(String(step));
  if (node.kind === "scalar") return undefined;
  const item = node.items[Number(step)];
  return item && { node: item, line: item.line };
}
