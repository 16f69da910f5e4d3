import { defineConfig } from "vitest/config";

/** A cluster at a time: each test makes its own. */
export default defineConfig({
  test: {
    include: ["e2e/kind/*.e2e.ts"],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    retry: 0,
    reporters: ["default"],
  },
});
