import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["__tests__/**/*.test.ts"],
    reporters: ["default"],
    testTimeout: 60_000,
  },
});
