import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizePath, normalizeTarget } from "../../src/rules/request-path.js";

/** What istio's tests/integration/security/normalization_test.go saw of a real proxy. */

const ALL = String.raw;

describe("a path's normalisation", () => {
  it.each([
    ["/", "/", "/", "/", "/"],
    ["/app#foo", "/app", "/app", "/app", "/app"],
    ["/app/", "/app/", "/app/", "/app/", "/app/"],
    ["/app/../admin", "/app/../admin", "/admin", "/admin", "/admin"],
    ["/app", "/app", "/app", "/app", "/app"],
    ["/app//", "/app//", "/app//", "/app/", "/app/"],
    ["/app/%2f", "/app/%2f", "/app/%2f", "/app/%2f", "/app/"],
    ["/app%2f/", "/app%2f/", "/app%2f/", "/app%2f/", "/app/"],
    ["/xyz%30..//abc", "/xyz%30..//abc", "/xyz0..//abc", "/xyz0../abc", "/xyz0../abc"],
    ["/app/%2E./admin", "/app/%2E./admin", "/admin", "/admin", "/admin"],
    [ALL`/app\admin`, ALL`/app\admin`, "/app/admin", "/app/admin", "/app/admin"],
    [ALL`/app/\/\/\admin`, ALL`/app/\/\/\admin`, "/app//////admin", "/app/admin", "/app/admin"],
    [
      "/%2Fapp%5cadmin%5Cabc",
      "/%2Fapp%5cadmin%5Cabc",
      "/%2Fapp%5cadmin%5Cabc",
      "/%2Fapp%5cadmin%5Cabc",
      "/app/admin/abc",
    ],
    [
      ALL`/%5Capp%2f%5c%2F%2e%2e%2fadmin%5c\abc`,
      ALL`/%5Capp%2f%5c%2F%2e%2e%2fadmin%5c\abc`,
      "/%5Capp%2f%5c%2F..%2fadmin%5c/abc",
      "/%5Capp%2f%5c%2F..%2fadmin%5c/abc",
      "/app/admin/abc",
    ],
    ["/app//../admin", "/app//../admin", "/app/admin", "/app/admin", "/app/admin"],
    ["/app//../../admin", "/app//../../admin", "/admin", "/admin", "/admin"],
    ["/%c0%2e%c0%2e/admin", "/%c0%2e%c0%2e/admin", "/%c0.%c0./admin", "/%c0.%c0./admin", "/%c0.%c0./admin"],
    ["/%252e%252e/admin", "/%252e%252e/admin", "/%252e%252e/admin", "/%252e%252e/admin", "/%252e%252e/admin"],
    ["/.../admin;a=b,c", "/.../admin;a=b,c", "/.../admin;a=b,c", "/.../admin;a=b,c", "/.../admin;a=b,c"],
    ["/a/..", "/a/..", "/", "/", "/"],
    ["/a/b/.", "/a/b/.", "/a/b/", "/a/b/", "/a/b/"],
    ["/../..", "/../..", "/", "/", "/"],
    ["/Admin?a=/../b", "/Admin", "/Admin", "/Admin", "/Admin"],
  ])("of %s", (sent, none, base, merged, decoded) => {
    expect(normalizePath(sent, "NONE")).toBe(none);
    expect(normalizePath(sent, "BASE")).toBe(base);
    expect(normalizePath(sent, "MERGE_SLASHES")).toBe(merged);
    expect(normalizePath(sent, "DECODE_AND_MERGE_SLASHES")).toBe(decoded);
  });

  it("decodes what is unreserved, and slashes where they are to be", () => {
    for (let code = 1; code <= 0xff; code += 1) {
      const sent = `/admin%${code.toString(16).padStart(2, "0")}`;
      const character = String.fromCharCode(code);
      const unreserved = /^[A-Za-z0-9._~-]$/.test(character);
      expect(normalizePath(sent, "BASE")).toBe(unreserved ? `/admin${character}` : sent);
      const decoded = unreserved ? `/admin${character}` : "/\\".includes(character) ? "/admin/" : sent;
      expect(normalizePath(sent, "DECODE_AND_MERGE_SLASHES")).toBe(decoded);
    }
  });

  it("writes as %XX what may not stand in a path", () => {
    expect(normalizePath("/a b|é\u{1F600}", "BASE")).toBe("/a%20b%7C%C3%A9%F0%9F%98%80");
  });

  it("is not known of a dot segment with parameters", () => {
    expect(normalizePath("/..;/admin", "BASE")).toBeNull();
    expect(normalizePath("/a/%2e;x/admin", "BASE")).toBeNull();
    expect(normalizePath("/..;/admin", "NONE")).toBe("/..;/admin");
    expect(normalizePath("/a..;/;/admin", "BASE")).toBe("/a..;/;/admin");
  });

  it("leaves nothing to normalise", () => {
    const path = fc
      .array(fc.constantFrom("a", ".", "..", "", "%2e", "%2f", "%41", "\\"))
      .map((all) => `/${all.join("/")}`);
    fc.assert(
      fc.property(path, fc.constantFrom("BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"), (sent, how) => {
        const once = normalizePath(sent, how)!;
        expect(normalizePath(once, how)).toBe(once);
        expect(once.split("/")).not.toContain("..");
        expect(once.startsWith("/")).toBe(true);
      }),
    );
  });
});

describe("a path with its query", () => {
  it.each([
    ["/%61/b?c=%61&d=/../e", "/a/b?c=%61&d=/../e"],
    ["/%61", "/a"],
    ["/a/../b?", "/b?"],
    ["/%61?b#c", "/a?b"],
    ["/%61#b?c", "/a"],
    ["/..;/a?b", null],
  ])("%s", (sent, base) => {
    expect(normalizeTarget(sent, "BASE")).toBe(base);
  });

  it("stays as it is where nothing is normalised", () => {
    expect(normalizeTarget("/%61/..?b", "NONE")).toBe("/%61/..?b");
  });
});
