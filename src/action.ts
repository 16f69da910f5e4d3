import * as module from "node:module";
import { nodeTooOld } from "./entry/node-version.js";

const old = nodeTooOld(process.versions.node);
if (old !== null) throw new Error(old);
module.enableCompileCache();
const { runInJob } = await import("./entry/run-in-job.js");
await runInJob();
