/** What a stream's output says: pure, and wary, since the output passes through a pod that may be anything. */

/** One request's result in the stream's own terms, before anything is concluded from it. */
export interface RawAnswer {
  /** Three digits, "000" when no HTTP answer came. */
  readonly code: string;
  /** curl's exit code. */
  readonly exit: number;
  /** Milliseconds, curl's total time. */
  readonly ms: number | null;
  /** curl's own words for a failure; null when there was none, or when curl is too old to tell. */
  readonly error: string | null;
  readonly remote: string | null;
}

/** A stream's output, taken apart. What is not there did not come: nothing is filled in. */
export interface StreamOutput {
  /** Null: no hello came, so the script did not run. */
  readonly hello: { readonly curl: string | null; readonly scratch: boolean } | null;
  readonly answers: ReadonlyMap<string, RawAnswer>;
  /** The kept answers of companions, by request id. */
  readonly bodies: ReadonlyMap<string, string>;
  /** Whether the sentinel came. */
  readonly ended: boolean;
}

/** Reads a stream's standard output. Lines that are not of this nonce are passed over. */
export function readStream(stdout: string, nonce: string): StreamOutput {
  let hello: StreamOutput["hello"] = null;
  let ended = false;
  const answers = new Map<string, RawAnswer>();
  const bodies = new Map<string, string>();
  let body: { id: string; lines: string[] } | null = null;
  const closeBody = (): void => {
    if (body !== null) bodies.set(body.id, body.lines.join("\n"));
    body = null;
  };
  for (const line of stdout.split("\n")) {
    const { record, error } = frameOf(line, nonce);
    if (record === null) {
      body?.lines.push(line);
    } else if (record["hello"] === nonce) {
      hello = { curl: textOrNull(record["curl"]), scratch: record["scratch"] === true };
    } else if (record["end"] === nonce) {
      closeBody();
      ended = true;
    } else if (record["nonce"] === nonce && typeof record["body"] === "string") {
      closeBody();
      body = { id: record["body"], lines: [] };
    } else if (record["nonce"] === nonce && typeof record["id"] === "string") {
      const answer = answerOf(record, error);
      if (answer !== null) answers.set(record["id"], answer);
    } else {
      body?.lines.push(line);
    }
  }
  return { hello, answers, bodies, ended };
}

type Json = Record<string, unknown>;

/** A line's record, where it is one of this stream, and what stands behind it. */
function frameOf(line: string, nonce: string): { record: Json | null; error: string } {
  const [text = "", error = ""] = line.split("\t", 2);
  return { record: text.startsWith("{") && text.includes(nonce) ? recordOf(text) : null, error };
}

function recordOf(line: string): Json | null {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

function answerOf(record: Json, error: string): RawAnswer | null {
  if (typeof record["old"] === "string") return oldAnswer(record["old"], record["exit"]);
  const { code, exit, seconds, remote } = record;
  if (typeof code !== "string" || !/^\d{3}$/u.test(code) || !isCount(exit)) return null;
  return {
    code,
    exit,
    ms: typeof seconds === "number" ? Math.round(seconds * 1000) : null,
    error: textOrNull(error),
    remote: textOrNull(remote),
  };
}

function oldAnswer(text: string, exit: unknown): RawAnswer | null {
  const [code, seconds, remote] = text.split(" ");
  if (code === undefined || !/^\d{3}$/u.test(code) || !isCount(exit)) return null;
  // Some locales write a decimal comma.
  const time = Number(seconds?.replace(",", "."));
  return {
    code,
    exit,
    ms: Number.isFinite(time) ? Math.round(time * 1000) : null,
    error: null,
    remote: textOrNull(remote),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
