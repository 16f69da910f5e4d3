import * as module from "node:module";

module.enableCompileCache();
const { cleanUpJob } = await import("./entry/clean-up-job.js");
await cleanUpJob();
