import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const FOLDER = import.meta.dirname;

it("README.md tells of every scenario, and of none that is not there", () => {
  const readme = readFileSync(join(FOLDER, "README.md"), "utf8");
  const told = [...readme.matchAll(/^\| \[([^\]]+)\]\(\1\) \|/gmu)].map(([, name]) => name);

  expect(told.toSorted()).toEqual(recorded().toSorted());
});

it("README.md counts them as they are", () => {
  const calls = recorded().flatMap(
    (name) => (JSON.parse(readFileSync(join(FOLDER, name, "observed.json"), "utf8")) as Recorded).calls,
  );
  const other = calls.filter(({ observed }) =>
    observed.some(({ code, transport }) => code !== "200" || transport !== "mtls"),
  );

  const readme = readFileSync(join(FOLDER, "README.md"), "utf8");
  const told = /^\d+ scenarios, \d+ calls, .*$/mu.exec(readme)?.[0];

  expect(told).toBe(
    `${recorded().length} scenarios, ${calls.length} calls, ${other.length} of them other than 200 over mTLS.`,
  );
});

interface Recorded {
  readonly calls: readonly { readonly observed: readonly { readonly code: string; readonly transport: string }[] }[];
}

function recorded(): string[] {
  return readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, "observed.json")));
}
