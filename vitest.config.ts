import { defineConfig } from "vitest/config";

const reports = { reporters: process.env["CI"] === undefined ? ["default"] : ["verbose"] };

// `fast` is pure: no root, no network, no processes. `real` runs the host's runc, conmon, nft, git and registry.
export default defineConfig({
  test: {
    ...reports,
    projects: [
      {
        test: {
          name: "fast",
          sequence: { groupOrder: 1 },
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.real.test.ts"],
        },
      },
      {
        test: {
          name: "real",
          include: ["test/**/*.real.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          globalSetup: ["test/support/leaves-nothing-behind.ts"],
        },
      },
    ],
  },
});
