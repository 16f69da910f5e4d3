import { defineConfig } from "vitest/config";

/** One mesh: one test at a time. */
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    // It has an engine of its own: npm run e2e:kind.
    exclude: ["e2e/kind/**"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    retry: 0,
    reporters: ["default"],
  },
});
