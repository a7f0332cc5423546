import { defineConfig } from "vitest/config";
import { patience } from "./test/support/patience.ts";

const isContinuousIntegration = process.env["CI"] !== undefined;
const reports = { reporters: [isContinuousIntegration ? "verbose" : "default"] };
// A test of the whole host that fails is tried once more there, and the report says so: on a machine that others use
// one of two thousand may be unlucky. Where somebody looks on, none is: what fails at times is to be seen, and mended.
const retry = isContinuousIntegration ? 1 : 0;

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
          retry,
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
          retry,
          maxWorkers: 1,
        },
      },
    ],
  },
});
