import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { keepBallast } from "../../src/runtime/ballast.ts";
import { aTmpfs } from "../support/tmpfs.ts";

test("containers that are created side by side, once a full disk has room again, make the ballast together", async () => {
  await using disk = await aTmpfs(50_000_000);
  const looks = Array.from({ length: 8 }, () => keepBallast(disk.path));
  expect(await Promise.all(looks)).toEqual(looks.map(() => true));
  expect(readdirSync(disk.path)).toEqual(["ballast"]);
});
