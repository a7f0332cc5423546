import { describe, expect, test } from "vitest";
import { nameOfCopy, type CopyTarget } from "../../../src/runtime/copy/plan-copy.ts";

const file = { isFolder: false, name: "file", contentOnly: false };
const folder = { isFolder: true, name: "folder", contentOnly: false };
const content = { ...folder, contentOnly: true };

const to = (kind: CopyTarget["kind"], assertsFolder = false): CopyTarget => ({
  kind,
  name: "target",
  assertsFolder,
  text: "/target",
});

describe("what is copied is named as by docker cp", () => {
  test.each([
    ["a file into a folder", file, to("folder"), "file"],
    ["a file onto a file", file, to("file"), "target"],
    ["a file to a new name", file, to("absent"), "target"],
    ["a folder into a folder", folder, to("folder"), "folder"],
    ["a folder to a new name", folder, to("absent"), "target"],
    ["a folder to a new name with a slash", folder, to("absent", true), "target"],
    ["a folder's content into a folder", content, to("folder"), ""],
    ["a folder's content to a new name", content, to("absent"), "target"],
  ])("%s", (_, source, target, name) => {
    expect(nameOfCopy(source, target)).toBe(name);
  });

  test.each([
    ["a folder onto a file", folder, to("file"), "NOT_A_FOLDER"],
    ["a folder's content onto a file", content, to("file"), "NOT_A_FOLDER"],
    ["a file to a folder that is not there", file, to("absent", true), "NO_SUCH_FOLDER"],
  ])("%s is refused", (_, source, target, code) => {
    expect(() => nameOfCopy(source, target)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
