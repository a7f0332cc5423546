import { expect, test } from "vitest";
import { defaultProfile } from "../../../../src/runtime/container/app-armor/default-profile.ts";

test("the default AppArmor profile", async () => {
  await expect(defaultProfile).toMatchFileSnapshot("golden/tallyman-default");
});
