import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

const worldly = [
  "**/cluster/**",
  "**/probe/**",
  "**/github/**",
  "@actions/*",
  "@kubernetes/*",
  "node:fs*",
  "node:child_process",
  "node:net",
  "node:http*",
];

/** Dependencies point one way: each step may import the steps before it, never those after. Rules stand on nothing. */
const STEPS = ["rules", "settings", "mesh", "predict", "cluster", "probe", "judge", "report", "github"];
const later = (step) => STEPS.slice(STEPS.indexOf(step) + 1).map((name) => `**/${name}/**`);
const restrict = (patterns, message) => [
  "error",
  { patterns: [{ group: patterns, message, allowTypeImports: false }] },
];

export default tseslint.config(
  { ignores: ["dist", "lib", "node_modules", "coverage", "local-mesh"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ["tsconfig.test.json", "src/report/page/tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // The compiler asks for brackets where an index signature is read, and this rule for dots.
      "@typescript-eslint/dot-notation": "off",
      eqeqeq: "error",
      "no-console": "error",
      complexity: ["error", 15],
    },
  },
  {
    files: ["src/rules/**", "src/predict/**", "src/judge/**", "src/report/**"],
    rules: { "no-restricted-imports": restrict(worldly, "rules, predict, judge and report are pure") },
  },
  ...["settings", "mesh", "cluster", "probe"].map((step) => ({
    files: [`src/${step}/**`],
    rules: {
      "no-restricted-imports": restrict(
        later(step).filter((pattern) => !(step === "settings" && pattern === "**/mesh/**")),
        `${step} comes before what it imports here`,
      ),
    },
  })),
  {
    files: ["__tests__/**", "e2e/**", "bench/**", "scripts/**"],
    rules: { "no-console": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly", Buffer: "readonly" } },
  },
);
