import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const FOLDER = import.meta.dirname;

it("README.md tells of every scenario, and of none that is not there", () => {
  const readme = readFileSync(join(FOLDER, "README.md"), "utf8");
  const told = [...readme.matchAll(/^\| \[([^\]]+)\]\(\1\) \|/gmu)].map(([, name]) => name);
  const there = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, "observed.json")));

  expect(told.toSorted()).toEqual(there.toSorted());
});
