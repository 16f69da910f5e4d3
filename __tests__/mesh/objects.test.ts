import { describe, expect, it } from "vitest";
import { readObjects } from "../../src/mesh/objects.js";

const read = (text: string): { objects: string[]; problems: string[] } => {
  const { objects, problems } = readObjects(text, "m.yaml");
  return {
    objects: objects.map(({ object, place }) => `${object.kind} ${object.metadata.name} ${place.file}:${place.line}`),
    problems: problems.map(({ code, message, where }) => `${code} ${message} ${JSON.stringify(where)}`),
  };
};
const at = (line: number): string => JSON.stringify({ file: "m.yaml", line });

describe("a file of objects", () => {
  it("gives each with the line of its kind", () => {
    const text =
      "# one\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n---\nmetadata:\n  name: b\nkind: ConfigMap\napiVersion: v1\n";
    expect(read(text)).toEqual({ objects: ["Namespace a m.yaml:3", "ConfigMap b m.yaml:9"], problems: [] });
  });

  it("gives the items of a list, of any kind of list", () => {
    for (const kind of ["List", "ConfigMapList"]) {
      const text = `apiVersion: v1\nkind: ${kind}\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n`;
      expect(read(text)).toEqual({ objects: ["ConfigMap a m.yaml:5", "ConfigMap b m.yaml:8"], problems: [] });
    }
    expect(read("apiVersion: v1\nkind: List\nitems: []\n")).toEqual({ objects: [], problems: [] });
  });

  it("takes a kind that ends in List and has no items for an object", () => {
    expect(read("apiVersion: x/v1\nkind: AllowList\nmetadata: {name: a}\n").objects).toEqual(["AllowList a m.yaml:2"]);
  });

  it("is JSON too", () => {
    expect(read('{"apiVersion": "v1",\n "kind": "Namespace", "metadata": {"name": "a"}}').objects).toEqual([
      "Namespace a m.yaml:2",
    ]);
  });

  it("has nothing where it is empty", () => {
    expect(read("")).toEqual({ objects: [], problems: [] });
    expect(read("# nothing\n---\n")).toEqual({ objects: [], problems: [] });
  });

  it("tells of everything that is no object, with its line, and gives the others", () => {
    const text = [
      "apiVersion: v1",
      "kind: Namespace",
      "metadata: {name: good}",
      "---",
      "just text",
      "---",
      "apiVersion: v1",
      "kind: ConfigMap",
      "metadata: {name: 7}",
      "---",
      "metadata: {name: x}",
      "---",
      "apiVersion: v1",
      "kind: ConfigMap",
      "metadata:",
      "  name: x",
      "  namespace: 5",
      "---",
      "kind: List",
      "items:",
      "- 5",
      "- kind: ConfigMap",
      "---",
      "apiVersion: v1",
      "kind: ConfigMap",
      "metadata: [x]",
    ].join("\n");
    expect(read(text)).toEqual({
      objects: ["Namespace good m.yaml:2"],
      problems: [
        `manifest-object this is no Kubernetes object ${at(5)}`,
        `manifest-object the object has no metadata.name ${at(8)}`,
        `manifest-object the object has no apiVersion, no kind ${at(11)}`,
        `manifest-object metadata.namespace is not text ${at(17)}`,
        `manifest-object this is no Kubernetes object ${at(21)}`,
        `manifest-object the object has no apiVersion, no metadata.name ${at(22)}`,
        `manifest-object the object has no metadata.name ${at(25)}`,
      ],
    });
  });

  it("tells of broken YAML and gives what is whole", () => {
    const { objects, problems } = read("kind: Namespace\napiVersion: v1\nmetadata: {name: a}\n---\nkind: [\n");
    expect(objects).toEqual(["Namespace a m.yaml:1"]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^yaml-syntax /u);
  });
});
