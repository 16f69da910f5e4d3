/**
 * The report as one HTML page that needs nothing else. The head is there without a script; the script draws the rest from the
 * report's data. The page's policy lets no other script run and nothing be loaded; names reach the page as text only.
 */
import { createHash } from "node:crypto";
import { baseText } from "./change-words.js";
import type { Report, Verdict } from "./document.js";
import { shorten } from "./escape.js";
import { markup, scriptJson } from "./escape-formats.js";
import { headline } from "./headline.js";
import { pageData } from "./page-data.js";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page-assets.js";

const GLYPHS: Readonly<Record<Verdict, string>> = { pass: "✓", mismatch: "✕", unproven: "?", error: "!" };
/** A version or a ref is short; a page of text in its place would hide the rest. */
const FACT_LENGTH = 120;

/** The page. `context` goes into the commands. */
export function reportHtml(report: Report, { context }: { readonly context?: string } = {}): string {
  const { verdict, mode } = report;
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(PAGE_SCRIPT)}`,
    `style-src ${hashOf(PAGE_STYLE)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${markup(`${verdict}: mtls-gate ${mode}`)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header class="head v-${verdict}">
<p class="brand"><span class="mark" aria-hidden="true"></span>mtls-gate</p>
<h1><span class="badge v-${verdict}"><span aria-hidden="true">${GLYPHS[verdict]}</span> ${verdict}</span> ${heading(report)}</h1>
<dl class="facts">${facts(report)}</dl>
</header>
<main id="app"><noscript><p class="note">The matrix is drawn by a script, which does not run here. report.md holds the same.</p></noscript></main>
<script type="application/json" id="data">${scriptJson(pageData(report, context))}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function heading(report: Report): string {
  const words = headline(report);
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function facts({ mode, mesh, base, counts }: Report): string {
  const all: readonly (readonly [string, string | null])[] = [
    ["mode", mode],
    ["calls", String(counts.calls)],
    ["compared with", base === undefined ? null : baseText(base)],
    ["Istio", mesh.istio],
    ["Kubernetes", mesh.kubernetes],
    ["root namespace", mesh.rootNamespace],
    ["read from", mesh.source === "cluster" ? "the cluster" : "manifests"],
  ];
  return all
    .flatMap(([name, value]) =>
      value === null
        ? []
        : [`<div><dt>${markup(name)}</dt><dd><bdi>${markup(shorten(value, FACT_LENGTH))}</bdi></dd></div>`],
    )
    .join("");
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
}
