import { expect, it } from "vitest";
import { hintFor, nearest } from "../../src/settings/suggest.js";

it.each<[string, string | undefined]>([
  ["migratoin", "migration"],
  ["Migration", "migration"],
  ["audti", "audit"],
  ["polices", "policies"],
  ["audit", "audit"],
  ["xyz", undefined],
  ["a", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("the nearest mode to %s is %s", (word, mode) => {
  expect(nearest(word.slice(0, 100_000), ["migration", "policies", "audit"])).toBe(mode);
});

it("prefers the nearer of two, and the first of equals", () => {
  expect(nearest("image", ["images", "image"])).toBe("image");
  expect(nearest("cat", ["car", "bat"])).toBe("car");
});

it("lists what there is where nothing is near", () => {
  expect(hintFor("zzz", ["a", "b"])).toBe("one of: a, b");
  expect(hintFor("mtsl", ["mtls", "tls"])).toBe("did you mean mtls?");
});
