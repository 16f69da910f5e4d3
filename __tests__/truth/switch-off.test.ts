import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

describe("e2e/truth/switch-off.mjs", () => {
  it("can switch off every rule of src/rules/", () => {
    const { status, stdout } = spawnSync(process.execPath, ["e2e/truth/switch-off.mjs", "--check"], {
      encoding: "utf8",
    });

    expect(stdout).toBe("the table has every rule\n");
    expect(status).toBe(0);
  });
});
