/**
 * What a scalar of YAML stands for, as kubectl reads it: YAML 1.1 by the rules of go-yaml 2, then made JSON. These are not
 * the rules of js-yaml's YAML11_SCHEMA: `0o17` and `1e3` are numbers here, `1:30` is text, dates stay text.
 */

/** What a scalar stands for, or why it stands for nothing that JSON could hold. */
export type Scalar = { readonly value: string | number | boolean | null } | { readonly wrong: string };

const WORDS = new Map<string, boolean | null>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);

const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** What a plain scalar (no quotes, no tag) stands for. */
export function plainScalar(text: string): Scalar {
  const word = WORDS.get(text);
  if (word !== undefined) return { value: word };
  if (NOT_FINITE.test(text)) return { wrong: `${text} is no number that JSON has` };
  return number(text) ?? { value: text };
}

const TAG_TYPES = {
  "tag:yaml.org,2002:str": "string",
  "tag:yaml.org,2002:bool": "boolean",
  "tag:yaml.org,2002:int": "number",
  "tag:yaml.org,2002:float": "number",
  "tag:yaml.org,2002:null": "object",
} as const;

/** What a scalar with an explicit tag (written out in full) stands for. Tags of no meaning are passed over, as kubectl does. */
export function taggedScalar(tag: string, text: string): Scalar {
  if (tag === "tag:yaml.org,2002:binary") return binary(text);
  const type = Object.hasOwn(TAG_TYPES, tag) ? TAG_TYPES[tag as keyof typeof TAG_TYPES] : undefined;
  if (type === undefined || type === "string") return { value: text };
  const scalar = plainScalar(text);
  if ("wrong" in scalar) return scalar;
  const isInteger = tag.endsWith(":int") ? Number.isInteger(scalar.value) : true;
  if (typeof scalar.value === type && isInteger) return scalar;
  return { wrong: `${JSON.stringify(text)} is not what its tag says` };
}

/** A number's value, null where the text is none. */
function number(text: string): Scalar | null {
  const digits = withoutUnderscores(text);
  if (INTEGER.test(digits)) return exactInteger(text, digits);
  if (!FLOAT.test(digits)) return null;
  const value = Number(digits);
  return Number.isFinite(value) ? { value: value === 0 ? 0 : value } : null;
}

/** Underscores count for nothing, but with a point in front they may only stand between digits. */
function withoutUnderscores(text: string): string {
  if (/^[-+0-9]/.test(text)) return text.replaceAll("_", "");
  return text.startsWith(".") && !/(?<![0-9])_|_(?![0-9])/.test(text) ? text.replaceAll("_", "") : text;
}

function exactInteger(text: string, digits: string): Scalar {
  const negative = digits.startsWith("-");
  const magnitude = digits.replace(/^[-+]/, "");
  const value = Number(/^0[0-7]+$/.test(magnitude) ? `0o${magnitude.slice(1)}` : magnitude);
  // Rounded, it would be applied as another number than the file has.
  if (!Number.isSafeInteger(value)) return { wrong: `${text} is too large to be kept exactly` };
  return { value: negative && value !== 0 ? -value : value };
}

function binary(text: string): Scalar {
  const compact = text.replaceAll(/\s/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact))
    return { wrong: "its !!binary is not base64" };
  return { value: Buffer.from(compact, "base64").toString("utf8") };
}
