import * as module from "node:module";
import { nodeTooOld } from "./entry/node-version.js";

const old = nodeTooOld(process.versions.node);
if (old !== null) throw new Error(old);
module.enableCompileCache();
const { commentOfReports } = await import("./entry/comment-of-reports.js");
await commentOfReports();
