import { describe, expect, it } from "vitest";
import type { RawAnswer } from "../../src/probe/answers.js";
import { companionArrived, companionUrl, observe, type CallAnswers } from "../../src/probe/observe.js";
import type { Observed } from "../../src/mesh/call.js";
import { client, destination } from "../report/builders.js";

const MARK = "0123456789abcdef";
const CLIENT = { namespace: "foo", serviceAccount: "sleep", sidecar: true };
const IDENTITY = "spiffe://cluster.local/ns/foo/sa/sleep";
const SERVER = "By=spiffe://cluster.local/ns/foo/sa/httpbin;Hash=00";

function answer(rest: Partial<RawAnswer> = {}): RawAnswer {
  return { code: "200", exit: 0, ms: 6, error: null, remote: "10.0.0.1", ...rest };
}

function echo(headers: Record<string, unknown>, mark: string = MARK): string {
  return JSON.stringify({ headers: { "X-Mtls-Gate-Probe": [mark], ...headers } });
}

function seen(body: string | null, rest: Partial<CallAnswers> = {}, from = CLIENT): Observed {
  return observe(
    { answer: answer(), companion: answer(), companionBody: body, hidesMtls: false, ...rest },
    from,
    MARK,
    1,
  );
}

const xfcc = (value: string): string => echo({ "X-Forwarded-Client-Cert": [value] });

describe("the transport", () => {
  it("is mTLS where the echo names the client's identity", () => {
    expect(seen(xfcc(`${SERVER};Subject="";URI=${IDENTITY}`))).toMatchObject({
      transport: "mtls",
      evidence: "xfcc",
      identity: IDENTITY,
    });
  });

  it("takes header values as text too, and names in any case", () => {
    const body = JSON.stringify({
      headers: { "x-mtls-gate-probe": MARK, "X-FORWARDED-CLIENT-CERT": `URI=${IDENTITY}` },
    });
    expect(seen(body).transport).toBe("mtls");
  });

  it.each([
    ["another namespace", `${SERVER};URI=spiffe://cluster.local/ns/bar/sa/sleep`],
    ["another account", `${SERVER};URI=spiffe://cluster.local/ns/foo/sa/other`],
    ["more behind it", `${SERVER};URI=${IDENTITY}/x`],
    ["the client in its trust domain alone", `${SERVER};URI=spiffe://a/ns/foo/sa/sleep/ns/foo/sa/sleep`],
    ["the client in the second element", `${SERVER};URI=spiffe://cluster.local/ns/bar/sa/x,${SERVER};URI=${IDENTITY}`],
  ])("is unproven where the echo names %s", (_, value) => {
    expect(seen(xfcc(value))).toMatchObject({ transport: "unproven", evidence: "xfcc-of-another" });
  });

  it("does not read an identity out of a quoted value", () => {
    const forged = `${SERVER};Subject="O=x;URI=${IDENTITY},\\";URI=${IDENTITY}"`;
    expect(seen(xfcc(forged))).toMatchObject({ transport: "unproven", evidence: "xfcc-without-identity" });
  });

  it("is plaintext where a client without sidecar has an echo without certificate", () => {
    expect(seen(echo({}), {}, { ...CLIENT, sidecar: false })).toMatchObject({
      transport: "plaintext",
      evidence: "echo",
    });
  });

  it("is plaintext for a client with sidecar only where proxies left their marks", () => {
    expect(seen(echo({}))).toMatchObject({ transport: "unproven", evidence: "echo-without-marks" });
    for (const name of ["X-Request-Id", "X-Forwarded-Proto", "X-Envoy-Attempt-Count"]) {
      expect(seen(echo({ [name]: ["1"] })).transport).toBe("plaintext");
    }
  });

  it("is not plaintext where the server's sidecar takes the port for TCP: mTLS would leave no mark", () => {
    const body = echo({ "X-Request-Id": ["1"] });
    expect(seen(body, { hidesMtls: true })).toMatchObject({ transport: "unproven", evidence: "echo-behind-tcp" });
    expect(seen(body, { hidesMtls: true }, { ...CLIENT, sidecar: false }).transport).toBe("plaintext");
    expect(seen(xfcc(`${SERVER};URI=${IDENTITY}`), { hidesMtls: true }).transport).toBe("mtls");
  });

  it.each<[string, string | null, Partial<CallAnswers>]>([
    ["there is no companion", xfcc(`URI=${IDENTITY}`), { companion: null }],
    ["the companion had no answer", xfcc(`URI=${IDENTITY}`), { companion: answer({ code: "000", exit: 56 }) }],
    ["its answer was not kept", null, {}],
    ["it is no JSON", "<html>", {}],
    ["it has no headers", "{}", {}],
    ["its headers are null", '{"headers":null}', {}],
    ["it is the echo of another request", echo({ "X-Forwarded-Client-Cert": [`URI=${IDENTITY}`] }, "other"), {}],
    ["it has no mark", JSON.stringify({ headers: { "X-Forwarded-Client-Cert": [`URI=${IDENTITY}`] } }), {}],
  ])("is unproven where %s", (_, body, rest) => {
    expect(seen(body, rest)).toMatchObject({ transport: "unproven", evidence: null, arrives: true });
  });
});

describe("what was seen", () => {
  it.each([
    [6, "dns"],
    [7, "connection-refused"],
    [28, "timeout"],
    [35, "tls"],
    [52, "closed"],
    [55, "reset"],
    [56, "reset"],
    [99, null],
  ])("of no answer by curl's exit code %i is %s", (exit, evidence) => {
    const none = observe(
      { answer: answer({ code: "000", exit, error: "why" }), companion: null, companionBody: null, hidesMtls: false },
      CLIENT,
      MARK,
      2,
    );
    expect(none).toEqual({
      arrives: false,
      code: "000",
      exit,
      transport: null,
      evidence,
      error: "why",
      attempts: 2,
      ms: 6,
    });
  });

  it("is an arrival for every code that a proxy does not answer with", () => {
    for (const code of ["200", "301", "404", "500"])
      expect(seen(null, { answer: answer({ code }) }).arrives).toBe(true);
    for (const code of ["403", "502", "503", "504"])
      expect(seen(null, { answer: answer({ code }) }).arrives).toBeNull();
  });

  it("tells what the mesh wrote, from a companion that got the same code", () => {
    const denied = answer({ code: "403" });
    const text = "RBAC: access denied\n";
    expect(seen(text, { answer: denied, companion: denied }).error).toBe("RBAC: access denied");
    expect(seen(text, { answer: denied }).error).toBeNull();
    expect(seen(text).error).toBeNull();
    expect(seen("x".repeat(999), { answer: denied, companion: denied }).error).toHaveLength(300);
  });
});

describe("a companion", () => {
  it("has arrived where its echo holds the mark", () => {
    const came = (companionBody: string | null): boolean =>
      companionArrived({ answer: answer(), companion: answer(), companionBody, hidesMtls: false }, MARK);
    expect(came(echo({}))).toBe(true);
    expect(came(echo({}, "other"))).toBe(false);
    expect(came("RBAC: access denied")).toBe(false);
    expect(came(null)).toBe(false);
  });

  it("goes to the same scheme, host and port", () => {
    const to = (url: string): string =>
      companionUrl({ from: client("foo"), to: { ...destination("foo", "httpbin", { url }), headers: {} } }, "/headers");
    expect(to("http://httpbin.foo:8000/ip?a=b")).toBe("http://httpbin.foo:8000/headers");
    expect(to("https://[::1]:8443/")).toBe("https://[::1]:8443/headers");
  });
});
