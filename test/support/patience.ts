/** How many times longer than on a machine of its own a test may take: `TALLYMAN_TEST_PATIENCE`, default 1. */
export const patience = Number(process.env["TALLYMAN_TEST_PATIENCE"] ?? 1);
