import { defineConfig } from "vitest/config";

/** One mesh: one test at a time. */
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    retry: 0,
    reporters: ["default"],
  },
});
