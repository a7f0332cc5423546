import { expect, test } from "vitest";
import { mutated, soundArchive } from "../tar/mutations.ts";
import { openGround } from "./ground.ts";

const runs = 24;

test(`of ${runs} nearly sound archives each is unpacked or refused by an entry, and nothing outside changes`, async () => {
  await using ground = await openGround();
  const sound = await soundArchive();
  const lower = await ground.unpack([[{ path: "gone" }, { path: "d/old" }]]);
  const untouched = ground.outsideNow();
  const endings: string[] = [];
  for (let seed = 1; seed <= runs; seed++) {
    const ending = await ground.unpack([mutated(sound, seed)], { lower }).then(
      () => "unpacked",
      (error: unknown) => String(error),
    );
    expect(ground.outsideNow(), `seed ${seed}`).toEqual(untouched);
    expect(ending, `seed ${seed}`).toMatch(/^unpacked$|: entry "|\(at entry "|\(before its first entry\)$/);
    endings.push(ending);
  }
  expect(endings.filter((ending) => ending === "unpacked").length).toBeGreaterThan(runs / 10);
});
