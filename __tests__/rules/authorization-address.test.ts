import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inBlock, parseAddress, parseBlock, takesAll } from "../../src/rules/authorization-address.js";

const contains = (block: string, address: string): boolean => inBlock(parseAddress(address)!, parseBlock(block)!);

describe("an address", () => {
  it("is of IPv4 or IPv6", () => {
    expect(parseAddress("10.1.2.3")).toEqual([0x0a01, 0x0203]);
    expect(parseAddress("2001:DB8::1")).toEqual([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]);
    expect(parseAddress("::")).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(parseAddress("1:2:3:4:5:6:7::")).toEqual([1, 2, 3, 4, 5, 6, 7, 0]);
    expect(parseAddress("::ffff:1.2.3.4")).toEqual([0, 0, 0, 0, 0, 0xffff, 0x0102, 0x0304]);
    expect(parseAddress("1:2:3:4:5:6:1.2.3.4")).toEqual([1, 2, 3, 4, 5, 6, 0x0102, 0x0304]);
    expect(parseAddress("fe80::1%eth0")).toEqual([0xfe80, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("is nothing else", () => {
    for (const text of [
      "",
      "10.1.2",
      "10.1.2.3.4",
      "10.1.2.256",
      "010.1.2.3",
      "10.1.2.a",
      "localhost",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "12345::",
      "1.2.3.4::",
      "::g",
      "fe80::1%",
    ]) {
      expect(parseAddress(text), text).toBeNull();
    }
  });
});

describe("a block", () => {
  it("is an address alone, or one with its leading bits", () => {
    expect(contains("10.1.2.3", "10.1.2.3")).toBe(true);
    expect(contains("10.1.2.3", "10.1.2.4")).toBe(false);
    expect(contains("10.1.0.0/16", "10.1.255.255")).toBe(true);
    expect(contains("10.1.0.0/16", "10.2.0.0")).toBe(false);
    expect(contains("10.1.2.128/25", "10.1.2.129")).toBe(true);
    expect(contains("10.1.2.128/25", "10.1.2.127")).toBe(false);
    expect(contains("128.0.0.0/1", "200.1.1.1")).toBe(true);
    expect(contains("128.0.0.0/1", "100.1.1.1")).toBe(false);
    expect(contains("2001:db8::/33", "2001:db8:7fff::1")).toBe(true);
    expect(contains("2001:db8::/33", "2001:db8:8000::1")).toBe(false);
  });

  it("may have more of an address than its bits", () => {
    expect(contains("10.1.2.3/8", "10.200.0.1")).toBe(true);
  });

  it("takes addresses of its own family", () => {
    expect(contains("0.0.0.0/0", "1.2.3.4")).toBe(true);
    expect(contains("0.0.0.0/0", "::1")).toBe(false);
    expect(contains("::/0", "1.2.3.4")).toBe(false);
    expect(takesAll([parseBlock("0.0.0.0/0")!])).toBe(false);
    expect(takesAll([parseBlock("0.0.0.0/0")!, parseBlock("::/0")!])).toBe(true);
  });

  it("is nothing else", () => {
    for (const text of ["", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "/8"]) {
      expect(parseBlock(text), text).toBeNull();
    }
    expect(parseBlock("fe80::%eth0/64")).toBeNull();
  });

  it("takes what agrees with it in its bits", () => {
    const number = fc.nat(0xffffffff);
    const written = (value: number): string =>
      [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");
    fc.assert(
      fc.property(number, number, fc.nat(32), (block, address, bits) => {
        const agrees = bits === 0 || (block ^ address) >>> (32 - bits) === 0;
        expect(contains(`${written(block)}/${bits}`, written(address))).toBe(agrees);
        expect(contains(`${written(block)}/${bits}`, written(block))).toBe(true);
      }),
    );
  });
});
