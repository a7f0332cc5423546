import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { tarEnd, tarHeader, tarPadding } from "../../../../src/runtime/image/save/tar-header.ts";
import { parseHeader } from "../../../../src/runtime/image/tar/header.ts";
import { extract, type Header } from "tar-stream";

test.each([0, 1, 511, 512, 8 * 1024 ** 3 - 1, 8 * 1024 ** 3, 5 * 1024 ** 4])(
  "a file of %d bytes is described so that we read it back",
  (sizeBytes) => {
    expect(parseHeader(tarHeader({ path: "blobs/sha256/a", sizeBytes }))).toMatchObject({
      name: "blobs/sha256/a",
      type: "0",
      mode: 0o644,
      uid: 0,
      gid: 0,
      sizeBytes,
      mtimeSeconds: 0,
    });
  },
);

test("another reader finds the files and folders, too", async () => {
  const content = Buffer.from("hello");
  const archive = [
    tarHeader({ path: "folder/", sizeBytes: 0 }),
    tarHeader({ path: "folder/file", sizeBytes: content.length }),
    content,
    tarPadding(content.length),
    tarEnd,
  ];
  const found: Partial<Header>[] = [];
  for await (const entry of Readable.from(archive).pipe(extract())) {
    const { header } = entry as unknown as { header: Header };
    found.push(header);
    (entry as unknown as Readable).resume();
  }
  expect(found).toMatchObject([
    { name: "folder/", type: "directory", mode: 0o755, size: 0 },
    { name: "folder/file", type: "file", mode: 0o644, size: 5, mtime: new Date(0) },
  ]);
});

test("a name that does not fit is refused", () => {
  expect(() => tarHeader({ path: "a".repeat(101), sizeBytes: 0 })).toThrow("too long");
});
