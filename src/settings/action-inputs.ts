/** The action's inputs as raw texts. */
import { INPUT_NAMES, specOf, type RawInputs } from "./schema.js";

/**
 * The inputs that were given, read with `getInput` of the Actions toolkit or anything like it. The runner has no way to
 * tell an empty input from one that is left out, so an empty text is one that was not given.
 */
export function actionInputs(getInput: (name: string) => string): RawInputs {
  const given = INPUT_NAMES.filter((name) => specOf(name).only !== "cli")
    .map((name) => [name, getInput(name)] as const)
    .filter(([, text]) => text.trim() !== "");
  return Object.fromEntries(given);
}
