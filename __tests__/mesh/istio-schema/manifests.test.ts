import { describe, expect, it } from "vitest";
import { checkManifest } from "../../../src/mesh/check-manifest.js";
import type { KubeObject } from "../../../src/ports.js";
import { problemText, type Problem } from "../../../src/problems.js";
import { parseLocated } from "../../../src/yaml/located.js";
import { BAD_MANIFESTS } from "./bad-manifests.js";
import { VALID_MANIFESTS } from "./valid-manifests.js";

function problemsOf(text: string): Problem[] {
  const { documents, problems } = parseLocated(text, "m.yaml");
  const found = documents.flatMap((document) =>
    checkManifest(document.value as KubeObject, (path) => ({ file: document.file, line: document.lineOf(path) }), {
      rootNamespace: "istio-system",
    }),
  );
  return [...problems, ...found];
}

describe("a manifest with one thing wrong", () => {
  it.each(BAD_MANIFESTS)("$what", ({ yaml, code, line, says, severity = "error" }) => {
    const problems = problemsOf(yaml);
    expect(problems.map(problemText)).toEqual([expect.stringContaining(says)]);
    expect(problems).toMatchObject([{ severity, code, where: { file: "m.yaml", line } }]);
  });
});

describe("a manifest that is right", () => {
  it.each(Object.entries(VALID_MANIFESTS))("%s", (_, yaml) => {
    expect(problemsOf(yaml).map(problemText)).toEqual([]);
  });
});

describe("a manifest with several things wrong", () => {
  it("is told of all of them at once, the errors first", () => {
    const text = [
      "apiVersion: security.istio.io/v2",
      "kind: PeerAuthentication",
      "metadata: {name: a, namespace: istio-system, labels: {team: 1}}",
      "spec:",
      "  selector: {matchLabels: {app: a}}",
      "  mtls: {mode: strict}",
      "  portLevelMtl: {80: {mode: STRICT}}",
    ].join("\n");
    expect(problemsOf(text).map(({ severity, code, where }) => [severity, code, where])).toEqual([
      ["error", "api-version", { file: "m.yaml", line: 1 }],
      ["error", "wrong-type", { file: "m.yaml", line: 3 }],
      ["error", "invalid-value", { file: "m.yaml", line: 6 }],
      ["error", "unknown-field", { file: "m.yaml", line: 7 }],
      ["warning", "no-effect", { file: "m.yaml", line: 5 }],
    ]);
  });
});
