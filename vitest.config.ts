import { defineConfig } from "vitest/config";
import { patience } from "./test/support/patience.ts";

const reports = { reporters: process.env["CI"] === undefined ? ["default"] : ["verbose"] };

// `fast` is pure: no root, no network, no processes. `real` runs the host's runc, conmon, nft, git and registry.
// `vm` boots machines of its own.
export default defineConfig({
  test: {
    ...reports,
    projects: [
      {
        test: {
          name: "fast",
          testTimeout: 30_000, // for a machine with other work: they take milliseconds
          sequence: { groupOrder: 1 },
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.real.test.ts", "test/**/*.vm.test.ts"],
        },
      },
      {
        test: {
          name: "real",
          include: ["test/**/*.real.test.ts"],
          testTimeout: 120_000 * patience,
          hookTimeout: 60_000 * patience,
          maxWorkers: 2,
          globalSetup: ["test/support/leaves-nothing-behind.ts"],
        },
      },
      {
        test: {
          name: "vm",
          include: ["test/vm/*.vm.test.ts"],
          testTimeout: 4 * 60 * 60_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
