import type { Commands } from "../ports.js";
import { runByToolkit } from "./program-by-toolkit.js";
import { runInGroup } from "./program-in-group.js";

/**
 * Programs are run without a shell, and their output is told to nobody but the caller. The toolkit of GitHub runs them, but
 * for those that have to end with the run: these it cannot end.
 */
export const commands: Commands = {
  run: async (file, args, options) => {
    options.signal.throwIfAborted();
    return await (options.stops === true ? runInGroup : runByToolkit)(file, args, options);
  },
};
