#!/usr/bin/env node
import * as module from "node:module";
import { nodeTooOld } from "./entry/node-version.js";

const old = nodeTooOld(process.versions.node);
if (old === null) {
  // Most of the time to start is compiling; Node keeps the result for the next start.
  module.enableCompileCache();
  const { main } = await import("./entry/command-line.js");
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write(`${old}\n`);
  process.exitCode = 2;
}
