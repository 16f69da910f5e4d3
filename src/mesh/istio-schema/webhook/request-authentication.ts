import type { Field, Finding } from "../../field.js";
import { shown, wrong } from "../../field.js";
import { emptySelector, targets, when } from "./common.js";

/**
 * What Istio's webhook refuses of a RequestAuthentication.
 *
 * Source: istio, pkg/config/validation/validation.go:ValidateRequestAuthentication, validateJwtRule.
 */
export function* requestAuthentication(spec: Field): Generator<Finding> {
  yield* emptySelector(spec.at("selector"), "matchLabels");
  yield* targets(spec);
  for (const rule of spec.at("jwtRules").items()) yield* jwtRule(rule);
}

function* jwtRule(rule: Field): Generator<Finding> {
  const issuer = rule.at("issuer");
  if (issuer.text === "" && rule.at("jwksUri").text === "" && rule.at("jwks_uri").text === "")
    yield wrong("missing-field", issuer, "is missing, and jwksUri with it");
  yield* keySet(rule.at("jwks"));
  for (const list of ["audiences", "fromParams", "fromCookies"])
    for (const item of rule.at(list).items()) yield* when(item.value === "", "invalid-value", item, "is empty");
  for (const output of rule.at("outputClaimToHeaders").items()) yield* outputFindings(output);
}

const KEY_SET_HINT = 'the text of a JSON object with a list "keys"';

function* keySet(jwks: Field): Generator<Finding> {
  if (jwks.text === "") return;
  let parsed: unknown;
  try {
    parsed = JSON.parse(jwks.text);
  } catch {
    yield wrong("invalid-value", jwks, "is no JSON", KEY_SET_HINT);
    return;
  }
  const fits = typeof parsed === "object" && parsed !== null && ("keys" in parsed || "kty" in parsed);
  yield* when(!fits, "invalid-value", jwks, "is no set of keys", KEY_SET_HINT);
}

function* outputFindings(output: Field): Generator<Finding> {
  const header = output.at("header");
  yield* when(header.value === "", "invalid-value", header, "is empty");
  yield* when(output.at("claim").value === "", "invalid-value", output.at("claim"), "is empty");
  const fits = header.text === "" || /^[-_A-Za-z0-9]+$/.test(header.text);
  yield* when(!fits, "invalid-value", header, `is ${shown(header.value)}, which is no name of a header`);
}
