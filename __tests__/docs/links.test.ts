/** The links of the documentation to files of the repository and to headings in them. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..", "..");
const PAGES = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "local-mesh/README.md"],
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

function text(page: string): string {
  return readFileSync(join(ROOT, page), "utf8").replaceAll(/^```.*?^```$/gmsu, "");
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(page: string): string[] {
  return [...text(page).matchAll(/^#{1,6} (.*)$/gmu)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function broken(page: string): string[] {
  const links = [...text(page).matchAll(/\]\(([^)\s]+)\)/gu)].map(([, target = ""]) => target);
  return links
    .filter((target) => !/^[a-z]+:/u.test(target))
    .filter((target) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      if (anchor === undefined) return false;
      return statSync(join(ROOT, file)).isDirectory() || !anchors(file).includes(anchor);
    });
}

describe("the documentation", () => {
  it.each(PAGES)("%s links to what is there", (page) => {
    expect(broken(page)).toEqual([]);
  });
  it("has every page in its index", () => {
    const index = readFileSync(join(ROOT, "docs", "README.md"), "utf8");
    const pages = PAGES.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
    expect(pages.filter((page) => !index.includes(`(${page.slice("docs/".length)})`))).toEqual([]);
  });
});
