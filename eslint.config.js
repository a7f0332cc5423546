import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", "coverage/", ".cache/", "**/*.js", "**/*.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreUsingDeclarations: true }],
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Named exports only." },
        { selector: "TSEnumDeclaration", message: "A union of strings says it." },
      ],
      eqeqeq: "error",
    },
  },
  // The tool that reads it asks for a default export.
  { files: ["**/vitest.config.ts"], rules: { "no-restricted-syntax": "off" } },
  {
    // Outside `sys`, nothing starts a process: argv arrays, time-outs and bounded output have one home.
    files: ["src/**/*.ts"],
    ignores: ["src/sys/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: ["node:child_process", "child_process", "koffi"].map((name) => ({
            name,
            message: "Use src/sys.",
          })),
        },
      ],
    },
  },
);
