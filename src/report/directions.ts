/** What a change does to calls, in words. All texts are the product's own. */
import type { Direction } from "../settings/settings.js";

/** As the end of a sentence on calls: "3 calls …". */
export const DIRECTION_WORDS: Readonly<Record<Direction, string>> = {
  breaks: "arrived, and no longer do",
  opens: "were refused, and now arrive",
  "to-plaintext": "lose mTLS, or their destination begins to take clients without identity",
  code: "get another code",
  "to-mtls": "gain mTLS, or their destination no longer takes clients without identity",
  new: "were not there before",
  gone: "are no longer there",
};
