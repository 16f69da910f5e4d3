import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { generatedFiles } from "../../scripts/generate-docs.js";
import { ACTION } from "../../src/settings/helper-commands.js";
import { PLAN_SCHEMA_URL } from "../../src/settings/plan-schema.js";
import { INPUT_NAMES, OUTPUTS, specOf } from "../../src/settings/schema.js";
import { parseLocated } from "../../src/yaml/located.js";

const onDisk = (path: string): Promise<string | null> =>
  readFile(new URL(`../../${path}`, import.meta.url), "utf8").catch(() => null);

describe("the generated files", () => {
  it("are as node scripts/generate-docs.ts makes them", async () => {
    const files = await generatedFiles(await onDisk("README.md"));
    expect([...files.keys()]).toEqual(
      expect.arrayContaining(["action.yml", "docs/inputs.md", "docs/plan.schema.json"]),
    );
    for (const [path, text] of files) expect([path, await onDisk(path)]).toEqual([path, text]);
  });
  it("are the README too, where it has the markers", async () => {
    const page = (await generatedFiles(null)).get("docs/inputs.md")!;
    const readme = "# x\n\n<!-- inputs:start -->\nOUTDATED\n<!-- inputs:end -->\n\nafter\n";
    const filled = (await generatedFiles(readme)).get("README.md")!;
    expect(filled.startsWith("# x\n\n<!-- inputs:start -->\n\n| Input |")).toBe(true);
    expect(filled.endsWith("|\n\n<!-- inputs:end -->\n\nafter\n")).toBe(true);
    expect(filled).not.toContain("OUTDATED");
    expect(page).toContain(filled.split("\n").find((line) => line.startsWith("| `plan`"))!);
    // Filled once more, it is the same.
    expect((await generatedFiles(filled)).get("README.md")).toBe(filled);
    expect((await generatedFiles("# no markers\n")).has("README.md")).toBe(false);
  });
});

describe("action.yml", () => {
  interface ActionYml {
    name: string;
    branding: object;
    inputs: Record<string, { description: string; required: boolean; default?: string }>;
    outputs: Record<string, { description: string }>;
    runs: object;
  }
  const read = async (): Promise<ActionYml> => {
    const { documents, problems } = parseLocated((await onDisk("action.yml"))!, "action.yml");
    expect(problems).toEqual([]);
    return documents[0]!.value as ActionYml;
  };
  it("has every input and output of the tables, with their defaults", async () => {
    const { inputs, outputs } = await read();
    expect(Object.keys(inputs)).toEqual(INPUT_NAMES.filter((name) => specOf(name).only !== "cli"));
    for (const [name, input] of Object.entries(inputs)) {
      const spec = specOf(name as (typeof INPUT_NAMES)[number]);
      expect(input.description.startsWith(spec.description)).toBe(true);
      expect(input.required).toBe(false);
      expect(input.default).toBe(spec.default ?? spec.expression);
    }
    expect(Object.keys(outputs)).toEqual(Object.keys(OUTPUTS));
  });
  it("says how the runner runs it", async () => {
    expect(await read()).toMatchObject({
      name: "mtls-gate",
      branding: { icon: "lock", color: "blue" },
      runs: { using: "node24", main: "dist/action/index.js", post: "dist/post/index.js" },
    });
    expect((await read()).runs).toEqual({ using: "node24", main: "dist/action/index.js", post: "dist/post/index.js" });
  });
});

describe("the schema of the plan for editors", () => {
  it("is where it says itself that it is: in this repository, at the tag that workflows use", async () => {
    const { repository } = JSON.parse((await onDisk("package.json"))!) as { repository: { url: string } };
    const [, name = ""] = /github\.com\/(.*)\.git$/u.exec(repository.url) ?? [];
    const [action, tag = ""] = ACTION.split("@");
    expect(action).toBe(name);
    const above = `https://raw.githubusercontent.com/${name}/${tag}/`;
    expect(PLAN_SCHEMA_URL.startsWith(above)).toBe(true);
    const { $id } = JSON.parse((await onDisk(PLAN_SCHEMA_URL.slice(above.length)))!) as { $id: string };
    expect($id).toBe(PLAN_SCHEMA_URL);
    const page = (await onDisk("docs/plan.md"))!;
    expect(new Set(page.match(/https:\S*plan\.schema\.json/gu))).toEqual(new Set([PLAN_SCHEMA_URL]));
    expect(page).toContain(`\n# yaml-language-server: $schema=${PLAN_SCHEMA_URL}\n`);
  });
  it("knows every key, with a description, and no others", async () => {
    const schema = JSON.parse((await onDisk("docs/plan.schema.json"))!) as {
      additionalProperties: boolean;
      properties: Record<string, { description: string; items: { additionalProperties: boolean; properties: object } }>;
    };
    expect(schema.additionalProperties).toBe(false);
    const keys = Object.entries(schema.properties).map(([name, { items }]) => [name, Object.keys(items.properties)]);
    expect(Object.fromEntries(keys)).toEqual({
      clients: ["namespace", "workload", "selector", "container"],
      destinations: ["url", "service", "port", "path", "method", "headers"],
      expect: ["from", "to", "code", "exit", "transport"],
      accept: ["direction", "from", "to", "reason", "until"],
    });
    for (const { description, items } of Object.values(schema.properties)) {
      expect(description.length).toBeGreaterThan(10);
      expect(items.additionalProperties).toBe(false);
      for (const property of Object.values(items.properties) as { description?: string }[]) {
        expect(property.description?.length).toBeGreaterThan(5);
      }
    }
  });
});
