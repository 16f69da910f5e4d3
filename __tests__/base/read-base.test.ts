import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readBaseFiles } from "../../src/base/read-base.js";
import { realPorts } from "../../src/entry/world.js";
import { problemText, Refusal } from "../../src/problems.js";
import { settingsFrom } from "../../src/settings/settings-from.js";
import { inFolder, Repository } from "./repository.js";

const named = (name: string, namespace = "foo"): string =>
  `apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {mtls: {mode: STRICT}}\n`;

interface Read {
  /** `name file:line`, or what was refused. */
  readonly objects: readonly string[];
  readonly problems: readonly string[];
  readonly commit?: string | undefined;
}

/** The policies of a base as they are read from a folder of a repository. */
async function read(repository: Repository, base: string, policies: string, folder = ""): Promise<Read> {
  const settings = settingsFrom({ mode: "predict", base, policies });
  const { files, commands } = realPorts();
  const signal = AbortSignal.timeout(30_000);
  return await inFolder(join(repository.folder, folder), async () => {
    try {
      const from = settings.base;
      if (from === undefined || from.kind === "cluster") throw new Error("a base of files was meant");
      const found = await readBaseFiles(from, settings, { files, commands }, signal);
      const objects = found.policies.map(({ object, place }) => `${object.metadata.name} ${place.file}:${place.line}`);
      return { objects, problems: found.problems.map(problemText), commit: found.base.commit };
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return { objects: [], problems: thrown.problems.map((one) => `${one.severity} ${problemText(one)}`) };
    }
  });
}

/** main with some policies, and a branch of it. */
function branched(files: Readonly<Record<string, string>> = { "policies/a.yaml": named("a") }): Repository {
  const repository = Repository.create();
  repository.commit(files);
  repository.git("switch", "--quiet", "--create", "topic");
  return repository;
}

describe("a git ref as base", () => {
  it("has the files of the ref, by the same paths, folders and globs", async () => {
    const repository = branched({
      "policies/a.yaml": named("a"),
      "policies/deep/b.yml": named("b"),
      "policies/notes.txt": "no",
    });
    const commit = repository.git("rev-parse", "main");
    repository.remove("policies");
    repository.commit({ "policies/new.yaml": named("new") });
    const all = { objects: ["a main:policies/a.yaml:2", "b main:policies/deep/b.yml:2"], problems: [], commit };
    expect(await read(repository, "main", "policies")).toEqual(all);
    expect(await read(repository, "main", "**/*.y*ml")).toEqual(all);
    expect((await read(repository, commit, "policies/a.yaml")).objects).toEqual([`a ${commit}:policies/a.yaml:2`]);
  });

  it("takes paths from the working folder, wherever that is in the repository", async () => {
    const repository = branched({ "deploy/mesh/a.yaml": named("a"), "shared/b.yaml": named("b") });
    expect((await read(repository, "main", "mesh,../shared/b.yaml", "deploy")).objects).toEqual([
      "a main:mesh/a.yaml:2",
      "b main:../shared/b.yaml:2",
    ]);
    expect((await read(repository, "main", join(repository.folder, "shared"))).objects).toHaveLength(1);
    expect((await read(repository, "main", "../outside.yaml")).problems.join()).toContain(
      "it is outside the repository",
    );
  });

  it("sees what is not committed as a change, and a renamed file's objects as they were", async () => {
    const repository = branched();
    repository.git("mv", "policies/a.yaml", "policies/renamed.yaml");
    expect((await read(repository, "HEAD", "policies")).objects).toEqual(["a HEAD:policies/a.yaml:2"]);
    const file = await read(repository, "HEAD", "policies/renamed.yaml");
    expect(file.objects).toEqual([]);
    expect(file.problems).toEqual(["the base HEAD has no policies/renamed.yaml: everything in it counts as new"]);
  });

  it("lacks what the base had not, and says it but for globs", async () => {
    const repository = branched();
    expect((await read(repository, "main", "elsewhere/*.yaml")).problems).toEqual([]);
    expect((await read(repository, "main", "elsewhere")).problems).toHaveLength(1);
  });

  it("is where the branches parted, not what was merged to it since", async () => {
    const repository = branched();
    const parted = repository.git("rev-parse", "main");
    repository.commit({ "policies/mine.yaml": named("mine") });
    repository.git("switch", "--quiet", "main");
    repository.commit({ "policies/others.yaml": named("others") });
    repository.git("switch", "--quiet", "topic");
    const found = await read(repository, "main", "policies");
    expect(found.objects).toEqual([`a ${parted.slice(0, 12)}:policies/a.yaml:2`]);
    expect(found.commit).toBe(parted);
  });

  it("is the first parent of the merge commit that a pull request is checked out as", async () => {
    const repository = branched();
    repository.commit({ "policies/mine.yaml": named("mine") });
    repository.git("switch", "--quiet", "main");
    const base = repository.commit({ "policies/others.yaml": named("others") });
    repository.git("switch", "--quiet", "--detach", "main");
    repository.git("merge", "--quiet", "--no-ff", "--no-edit", "topic");
    for (const ref of [base, "HEAD^1", "main"]) {
      const found = await read(repository, ref, "policies");
      expect(found.commit).toBe(base);
      expect(found.objects.map((one) => one.split(" ")[0])).toEqual(["a", "others"]);
    }
  });

  it("is looked for at the remote, where a clone has no branch of the name", async () => {
    const repository = branched();
    repository.commit({ "policies/mine.yaml": named("mine") });
    const clone = repository.clone("--branch", "topic");
    expect((await read(clone, "main", "policies")).objects).toEqual(["a main:policies/a.yaml:2"]);
  });

  it("says how to fetch what a shallow clone has not", async () => {
    const repository = branched();
    const old = repository.git("rev-parse", "main");
    repository.commit({ "policies/mine.yaml": named("mine") });
    const shallow = repository.clone("--depth", "1", "--branch", "topic");
    for (const ref of ["main", old]) {
      const [problem] = (await read(shallow, ref, "policies")).problems;
      expect(problem).toContain(`base ${ref} is no commit that this shallow clone has`);
      expect(problem).toContain(`fetch-depth: 0 of actions/checkout, or git fetch origin ${ref}`);
    }
  });

  it("is the ref itself where a shallow clone does not know what they have in common, and says so", async () => {
    const repository = branched();
    repository.commit({ "policies/mine.yaml": named("mine") });
    const shallow = repository.clone("--depth", "1", "--branch", "topic");
    shallow.git("fetch", "--quiet", "--depth", "1", "origin", "main:refs/remotes/origin/main");
    const found = await read(shallow, "main", "policies");
    expect(found.objects).toEqual(["a main:policies/a.yaml:2"]);
    expect(found.problems.join()).toContain("no commit in common, as far as this shallow clone knows");
  });

  it.each([
    "--output=x",
    "--all",
    "-p",
    "no-such",
    "main..topic",
    "main:policies/a.yaml",
    "$(touch x)",
    "main; ls",
    "@{99}",
  ])("refuses %s", async (ref) => {
    const { objects, problems } = await read(branched(), ref, "policies");
    expect(objects).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(`base ${ref} is no `)]);
  });

  it("refuses a ref that can be read in two ways", async () => {
    const repository = branched();
    repository.commit({ "policies/mine.yaml": named("mine") });
    repository.git("tag", "main", "topic");
    const [problem] = (await read(repository, "main", "policies")).problems;
    expect(problem).toContain("base main is ambiguous");
    expect(problem).toContain("write refs/heads/main or refs/tags/main");
    expect((await read(repository, "refs/heads/main", "policies")).objects).toHaveLength(1);
  });

  it("refuses a folder that is in no repository", async () => {
    const [problem] = (await read(new Repository(), "main", "policies")).problems;
    expect(problem).toContain("this folder is in no repository");
  });

  it("tells what is wrong with the base's files as of the base", async () => {
    const repository = branched({
      "policies/a.yaml": `${named("a")}---\nkind: [\n`,
      "policies/b.yaml": named("b").replace("STRICT", "STRONG"),
    });
    repository.commit({ "policies/a.yaml": named("a"), "policies/b.yaml": named("b") });
    const { problems } = await read(repository, "main", "policies");
    expect(problems.join("\n")).toMatch(/error main:policies\/a\.yaml:\d+: not YAML/u);
    expect(problems.join("\n")).toMatch(/error main:policies\/b\.yaml:4: .*STRONG/u);
    expect(problems.at(-1)).toContain("the base main cannot be read whole");
  });

  it("follows links in the tree, and refuses those that lead out of it", async () => {
    const repository = Repository.create();
    repository.write({ "real/a.yaml": named("a") });
    symlinkSync("real", join(repository.folder, "policies"));
    symlinkSync("../real/a.yaml", join(repository.folder, "real", "twice.yaml"));
    repository.commit();
    expect((await read(repository, "main", "policies/a.yaml")).objects).toEqual(["a main:policies/a.yaml:2"]);
    symlinkSync("/etc", join(repository.folder, "out"));
    symlinkSync("round", join(repository.folder, "round"));
    repository.commit();
    expect((await read(repository, "main", "out")).problems.join()).toContain("/etc, which is outside the repository");
    expect((await read(repository, "main", "round")).problems.join()).toContain("lead in a circle");
  });

  it("says that a submodule's files are not to be had", async () => {
    const inner = Repository.create();
    inner.commit({ "a.yaml": named("a") });
    const repository = branched();
    repository.git("submodule", "--quiet", "add", `file://${inner.folder}`, "policies/sub");
    repository.commit();
    const { objects, problems } = await read(repository, "HEAD", "policies");
    expect(objects).toEqual(["a HEAD:policies/a.yaml:2"]);
    expect(problems).toEqual([expect.stringContaining("policies/sub is in a submodule in the base HEAD")]);
  });

  it("reads names and bytes of all kinds", async () => {
    const files = { "policies/ä ö'\"$(x).yaml": named("a"), "policies/b.yaml": `# \u00e9\u{1f600}\n${named("b")}` };
    const repository = branched(files);
    expect((await read(repository, "main", "policies")).objects.map((one) => one.split(" ")[0])).toEqual(["b", "a"]);
    const bytes = Buffer.concat([Buffer.from("# \xff\xfe\n", "latin1"), Buffer.from(named("c"))]);
    repository.write({ "policies/c.yaml": "" });
    const { writeFileSync } = await import("node:fs");
    writeFileSync(join(repository.folder, "policies", "c.yaml"), bytes);
    repository.commit();
    const all = (await read(repository, "HEAD", "policies")).objects.map((one) => one.split(" ")[0]);
    expect(all.sort()).toEqual(["a", "b", "c"]);
  });
});

describe("a folder as base", () => {
  it("has the files of the same paths below it", async () => {
    const repository = new Repository();
    repository.write({ "old/policies/a.yaml": named("a"), "policies/b.yaml": named("b") });
    expect(await read(repository, "dir:old", "policies")).toEqual({
      objects: ["a old/policies/a.yaml:2"],
      problems: [],
    });
    expect((await read(repository, "dir:old", "policies/b.yaml")).problems.join()).toContain(
      "the base old has no policies/b.yaml",
    );
    expect((await read(repository, "dir:none", "policies")).problems.join()).toContain("base dir:none is no folder");
    expect((await read(repository, "dir:old", "../policies")).problems.join()).toContain(
      "not below the working folder",
    );
    expect((await read(repository, "dir:old", "/etc/hosts")).problems.join()).toContain("not below the working folder");
  });
});
