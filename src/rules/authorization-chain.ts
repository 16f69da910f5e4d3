import type { Attribute } from "./authorization-attributes.js";
import type { RequestFacts } from "./authorization-policy.js";
import type { RequestView } from "./authorization-request.js";
import { not, type Test } from "./authorization-truth.js";

/** What is left of a rule on a filter chain: one of TCP has nothing that only HTTP has. */

/** What has to hold, all of it; and whether something that the rule asks for is missing there. */
export interface Constraints {
  readonly tests: readonly Test<RequestView>[];
  readonly lost: boolean;
}

/**
 * What one field of a rule, with its opposite, asks for on a chain. Values that cannot be read are lost, all of them where
 * the field is of HTTP and the chain is not. A field that lost all its values asks for nothing.
 *
 * Whether a loss drops the rule is for the action to say (`dropsRule`).
 *
 * Source: istio, pilot/pkg/security/authz/model/model.go:permission, principal, checkError.
 */
export function constraintsOf(
  attribute: Attribute,
  values: readonly string[],
  notValues: readonly string[],
  chain: RequestFacts["chain"],
): Constraints {
  const there = attribute.httpOnly && chain === "tcp" ? [] : values.filter((value) => attribute.readable(value));
  const notThere = attribute.httpOnly && chain === "tcp" ? [] : notValues.filter((value) => attribute.readable(value));
  return {
    tests: [
      ...(there.length > 0 ? [attribute.anyOf(there)] : []),
      ...(notThere.length > 0 ? [not(attribute.anyOf(notThere))] : []),
    ],
    lost: there.length < values.length || notThere.length < notValues.length,
  };
}

/**
 * Whether a rule that lost something is left out whole: under ALLOW it is, so that less is allowed; under the others what
 * is left of it counts, so that more is denied.
 *
 * Source: istio, pilot/pkg/security/authz/model/model.go:checkError.
 */
export function dropsRule(action: string): boolean {
  return action === "ALLOW";
}
