import { describe, expect, it } from "vitest";
import { problemText } from "../../src/problems.js";
import { readManifestFiles, type ManifestFiles } from "../../src/settings/manifest-paths.js";

/** A file system of these files; a text of null is a file that may not be read. */
function tree(files: Record<string, string | null>): ManifestFiles {
  const clean = (path: string): string => path.replace(/^\.\//, "").replace(/\/$/, "");
  const inside = (folder: string): string[] =>
    Object.keys(files).filter((path) => folder === "." || path.startsWith(`${clean(folder)}/`));
  return {
    stat: (path) => {
      if (Object.hasOwn(files, clean(path))) return Promise.resolve("file");
      return Promise.resolve(inside(path).length > 0 ? "folder" : null);
    },
    readDir: (folder) => {
      const depth = folder === "." ? 0 : clean(folder).split("/").length;
      return Promise.resolve([...new Set(inside(folder).map((path) => path.split("/")[depth]!))].reverse());
    },
    readText: (path) => {
      const text = files[clean(path)];
      return typeof text === "string" ? Promise.resolve(text) : Promise.reject(new Error("EACCES: permission denied"));
    },
    readStdin: () => Promise.resolve("from stdin"),
  };
}

const FILES = {
  "a.yaml": "A",
  "b.yml": "B",
  "c.json": "C",
  "readme.md": "R",
  ".hidden.yaml": "H",
  "w/z.yaml": "Z",
  "w/y.YAML": "Y",
  "w/notes.txt": "N",
  "w/deep/x.json": "X",
  "w/deep/.git/config.yaml": "G",
  "docs/readme.md": "D",
  "k/kustomization.yaml": "K",
  "k/base.yaml": "KB",
  "chart/Chart.yaml": "CH",
  "chart/templates/t.yaml": "T",
  "outer/inner/kustomization.yml": "I",
  "outer/o.yaml": "O",
};

const read = async (items: string[], files: ManifestFiles = tree(FILES)) => {
  const result = await readManifestFiles(items, "--policies", files);
  return {
    paths: result.files.map(({ path }) => path),
    problems: result.problems.map(problemText),
    files: result.files,
  };
};

describe("what an item names", () => {
  it.each<[string[], string[]]>([
    [["a.yaml"], ["a.yaml"]],
    [
      ["b.yml", "a.yaml"],
      ["b.yml", "a.yaml"],
    ],
    [["readme.md"], ["readme.md"]],
    [["w"], ["w/deep/x.json", "w/y.YAML", "w/z.yaml"]],
    [["w/"], ["w/deep/x.json", "w/y.YAML", "w/z.yaml"]],
    [["./w/deep"], ["w/deep/x.json"]],
    [["*.yaml"], ["a.yaml"]],
    [["?.y*ml"], ["a.yaml", "b.yml"]],
    [[".*.yaml"], [".hidden.yaml"]],
    [[".hidden.yaml"], [".hidden.yaml"]],
    [["w/*.yaml"], ["w/z.yaml"]],
    [["./w/*.yaml"], ["w/z.yaml"]],
    [["w/d*"], ["w/deep/x.json"]],
    [["w/**/*.json"], ["w/deep/x.json"]],
    [["w/**/z.yaml"], ["w/z.yaml"]],
    [["**/z.yaml"], ["w/z.yaml"]],
    [["w/**"], ["w/deep/x.json", "w/notes.txt", "w/y.YAML", "w/z.yaml"]],
    [["w/../a.yaml"], ["a.yaml"]],
    // Named twice, a file counts once, where it was named first.
    [
      ["w/z.yaml", "w", "a.yaml", "./a.yaml", "*.yaml"],
      ["w/z.yaml", "w/deep/x.json", "w/y.YAML", "a.yaml"],
    ],
    [["k/base.yaml"], ["k/base.yaml"]],
    [[], []],
  ])("%j", async (items, paths) => {
    expect(await read(items)).toMatchObject({ paths, problems: [] });
  });
  it("comes with its text", async () => {
    expect((await read(["w", "a.yaml"])).files).toEqual([
      { path: "w/deep/x.json", text: "X" },
      { path: "w/y.YAML", text: "Y" },
      { path: "w/z.yaml", text: "Z" },
      { path: "a.yaml", text: "A" },
    ]);
  });
  it("is a file by its name, even where the name looks like a glob", async () => {
    expect(await read(["what?.yaml"], tree({ "what?.yaml": "1", "whats.yaml": "2" }))).toMatchObject({
      paths: ["what?.yaml"],
      problems: [],
    });
  });
  it("is standard input where it is -, once, in the order of the items", async () => {
    let reads = 0;
    const files = { ...tree({ ...FILES, "-": "a file" }), readStdin: () => Promise.resolve(`read ${++reads}`) };
    expect((await read(["b.yml", "-", "a.yaml", "-"], files)).files).toEqual([
      { path: "b.yml", text: "B" },
      { path: "<stdin>", text: "read 1" },
      { path: "a.yaml", text: "A" },
    ]);
    expect((await read(["./-"], files)).files).toEqual([{ path: "-", text: "a file" }]);
    expect(reads).toBe(1);
    await read(["a.yaml"], files);
    expect(reads).toBe(1);
  });
  it("may be an absolute path", async () => {
    const files = tree({ "/m/a.yaml": "1", "/m/b.yaml": "2" });
    expect((await read(["/m/b.yaml", "/m"], files)).paths).toEqual(["/m/b.yaml", "/m/a.yaml"]);
  });
  it("is sorted by name whatever the order of the folder", async () => {
    const many = Object.fromEntries(["c", "a", "B", "b10", "b9"].map((name) => [`d/${name}.yaml`, name]));
    expect((await read(["d"], tree(many))).paths).toEqual([
      "d/B.yaml",
      "d/a.yaml",
      "d/b10.yaml",
      "d/b9.yaml",
      "d/c.yaml",
    ]);
  });
});

describe("what is wrong", () => {
  it.each<[string[], string[]]>([
    [["nope.yaml"], ["--policies has nope.yaml, which matches no file (*.yaml, *.yml and *.json of a folder count)"]],
    [["nope/"], ["--policies has nope/, which matches no file (*.yaml, *.yml and *.json of a folder count)"]],
    [["*.toml"], ["--policies has *.toml, which matches no file (*.yaml, *.yml and *.json of a folder count)"]],
    [["a.yaml/*"], ["--policies has a.yaml/*, which matches no file (*.yaml, *.yml and *.json of a folder count)"]],
    [["docs"], ["--policies has docs, which matches no file (*.yaml, *.yml and *.json of a folder count)"]],
    [
      ["k"],
      [
        "--policies has k, which is a kustomization and has to be rendered first (kubectl kustomize k > rendered.yaml, and give rendered.yaml)",
      ],
    ],
    [
      ["k/kustomization.yaml"],
      [
        "--policies has k, which is a kustomization and has to be rendered first (kubectl kustomize k > rendered.yaml, and give rendered.yaml)",
      ],
    ],
    [
      ["chart/"],
      [
        "--policies has chart/, which is a Helm chart and has to be rendered first (helm template chart/ > rendered.yaml, and give rendered.yaml)",
      ],
    ],
    [
      ["outer"],
      [
        "--policies has outer/inner, which is a kustomization and has to be rendered first (kubectl kustomize outer/inner > rendered.yaml, and give rendered.yaml)",
      ],
    ],
  ])("%j", async (items, problems) => {
    expect((await read(items)).problems).toEqual(problems);
  });
  it("is told once for a folder, and all at once", async () => {
    expect((await read(["k", "k/kustomization.yaml", "nope", "-"])).problems).toHaveLength(2);
    expect((await read(["k/kustomization.yaml", "k", "k/*"])).problems).toHaveLength(1);
  });
  it("is a file that cannot be read, by its name", async () => {
    const { problems, paths } = await read(["a.yaml", "b.yaml"], tree({ "a.yaml": null, "b.yaml": "B" }));
    expect(problems).toEqual(["a.yaml: cannot be read: EACCES: permission denied"]);
    expect(paths).toEqual(["b.yaml"]);
  });
  it("is standard input that cannot be read", async () => {
    const files = { ...tree(FILES), readStdin: () => Promise.reject(new Error("EIO")) };
    expect(await read(["-", "a.yaml"], files)).toMatchObject({
      paths: ["a.yaml"],
      problems: ["<stdin>: cannot be read: EIO"],
    });
  });
  it("is a folder that cannot be read, and not that it matches nothing too", async () => {
    const files = { ...tree({ "d/a.yaml": "A" }), readDir: () => Promise.reject(new Error("EACCES")) };
    expect((await read(["d"], files)).problems).toEqual(["d: cannot be read: EACCES"]);
  });
  it("is a folder in itself, without end", async () => {
    const files: ManifestFiles = {
      stat: (path) => Promise.resolve(path.endsWith(".yaml") ? null : "folder"),
      readDir: () => Promise.resolve(["loop"]),
      readText: () => Promise.reject(new Error("none")),
      readStdin: () => Promise.reject(new Error("none")),
    };
    const told = "d/loop/loop/… is more than 32 folders deep (is there a link to a folder above itself?)";
    expect((await read(["d"], files)).problems).toEqual([told]);
    expect((await read(["d/**/x.yaml"], files)).problems).toEqual([told]);
  });
  it("quotes a folder for the shell", async () => {
    const { problems } = await read(["it's"], tree({ "it's/Chart.yaml": "", "it's/a.yaml": "" }));
    expect(problems[0]).toContain(String.raw`helm template 'it'\''s' > rendered.yaml`);
  });
});
