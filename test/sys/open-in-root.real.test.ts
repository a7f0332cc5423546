import { closeSync, constants, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openInRoot, resolveInRoot } from "../../src/sys/open-in-root.ts";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "root-"));
  await mkdir(join(root, "etc"));
  await writeFile(join(root, "etc/passwd"), "inside");
  await symlink("/etc", join(root, "absolute"));
  await symlink("../../../../etc", join(root, "upwards"));
  await symlink("/nowhere", join(root, "dangling"));
  await symlink("loop", join(root, "loop"));
});

afterAll(() => rm(root, { recursive: true }));

test.each(["etc/passwd", "/etc/passwd", "absolute/passwd", "upwards/passwd", "../../etc/passwd"])(
  "%s is the root's own file",
  (path) => {
    const fd = openInRoot(root, path, constants.O_RDONLY);
    expect(readFileSync(fd, "utf8")).toBe("inside");
    closeSync(fd);
  },
);

test("what is not there has the code of open(2)", () => {
  expect(() => openInRoot(root, "etc/shadow", constants.O_RDONLY)).toThrow(
    expect.objectContaining({ code: "ENOENT" }) as Error,
  );
});

test.each([
  ["/", "/"],
  ["/etc/passwd", "/etc/passwd"],
  ["/upwards/new/sub", "/etc/new/sub"],
  ["/absolute/../etc", "/etc"],
  ["/new//folder/", "/new/folder"],
  ["/../../x", "/x"],
])("%s lies at %s", (path, real) => {
  expect(resolveInRoot(root, path)).toBe(real);
});

test.each(["/dangling", "/dangling/below", "/loop/x"])("%s is refused", (path) => {
  expect(() => resolveInRoot(root, path)).toThrow();
});
