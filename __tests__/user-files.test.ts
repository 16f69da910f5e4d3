import { expect, it } from "vitest";
import { problemText, Refusal } from "../src/problems.js";
import { settingsFrom } from "../src/settings/settings-from.js";
import { readUserFiles } from "../src/user-files.js";

const PLAN = `destinations:
- {url: "http://a.foo/", method: DELETE}
- {url: "tcp://a.foo:5432"}
`;

/** What is read, or the problems: a manifest on standard input, and PLAN. */
async function read(mode: "predict" | "audit") {
  const raw = { mode, plan: "plan.yaml", ...(mode === "predict" && { manifests: "-" }) };
  const settings = settingsFrom(raw, { spelling: (name) => name, stdin: true });
  const files = {
    stat: (path: string) => Promise.resolve(path === "plan.yaml" ? ("file" as const) : null),
    readDir: () => Promise.resolve([]),
    readText: () => Promise.resolve(PLAN),
    readStdin: () =>
      Promise.resolve(
        "\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: foo}\nspec: {ports: [{port: 80}]}\n",
      ),
  };
  return readUserFiles(settings, files).catch((thrown: unknown) => {
    if (thrown instanceof Refusal) return thrown.problems.map(problemText);
    throw thrown;
  });
}

it("lets a prediction name every scheme, and methods that can change something, without leave", async () => {
  expect(await read("predict")).toMatchObject({
    plan: { destinations: [{ method: "DELETE" }, { scheme: "tcp" }] },
  });
});

it("refuses them where calls are made", async () => {
  expect(await read("audit")).toEqual([
    "plan.yaml:2: destinations[0].method is DELETE, which can change something: allow-unsafe-methods allows it",
    "plan.yaml:3: destinations[1].url has scheme tcp, which is predicted only so far: mode predict takes it",
  ]);
});

it("names standard input in places", async () => {
  expect(await read("predict")).toMatchObject({ manifests: [{ place: { file: "<stdin>", line: 3 } }] });
});
