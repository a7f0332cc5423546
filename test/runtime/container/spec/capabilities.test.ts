import fc from "fast-check";
import { expect, test } from "vitest";
import { allCapabilities } from "../../../../src/model/capabilities.ts";
import { capabilitiesOf } from "../../../../src/runtime/container/spec/capabilities.ts";

const none = { capAdd: [], capDrop: [], privileged: false };
const asked = (changes: Partial<Parameters<typeof capabilitiesOf>[0]>): readonly string[] =>
  capabilitiesOf({ ...none, ...changes }, allCapabilities);

test("by default it is Docker's fourteen", () => {
  expect(asked({})).toHaveLength(14);
});

test("what is added wins over ALL dropped, and what is dropped over ALL added", () => {
  expect(asked({ capAdd: ["kill"], capDrop: ["all"] })).toEqual(["CAP_KILL"]);
  expect(asked({ capAdd: ["ALL"], capDrop: ["sys_admin"] })).toEqual(
    allCapabilities.filter((name) => name !== "CAP_SYS_ADMIN"),
  );
});

test("a privileged one has all that the host can give", () => {
  expect(capabilitiesOf({ ...none, privileged: true }, ["CAP_KILL"])).toEqual(["CAP_KILL"]);
});

test("nothing is ever given that the host cannot give", () => {
  const names = fc.subarray([...allCapabilities, "ALL"]);
  fc.assert(
    fc.property(names, fc.subarray([...allCapabilities]), fc.boolean(), (capDrop, available, privileged) => {
      const given = capabilitiesOf({ capAdd: ["ALL"], capDrop, privileged }, available);
      expect(available).toEqual(expect.arrayContaining([...given]));
    }),
  );
});
