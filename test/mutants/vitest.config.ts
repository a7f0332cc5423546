import { defineConfig } from "vitest/config";

/** Tables and goldens: what a property test finds in hundreds of runs, a line of a table says at once. */
export default defineConfig({
  test: { include: ["test/reconcile/*.test.ts"], exclude: ["**/properties.test.ts", "**/fates.test.ts"] },
});
