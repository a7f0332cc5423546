import { expect, test } from "vitest";
import { resolveUser } from "../../../../src/runtime/container/spec/user.ts";

const files = {
  passwd:
    "root:x:0:0:root:/root:/bin/sh\nbroken line\napp:x:100:101::/home/app:/bin/sh\n7:x:70:70::/seven:\n",
  group: "root:x:0:\napp:x:101:\nstaff:x:50:root,app\nwheel:x:10:app\n",
};
const root = { uid: 0, gid: 0, groups: [0, 50], home: "/root" };

test.each([
  ["", root],
  ["root", root],
  ["0", root],
  ["app", { uid: 100, gid: 101, groups: [101, 50, 10], home: "/home/app" }],
  ["100", { uid: 100, gid: 101, groups: [101, 50, 10], home: "/home/app" }],
  ["app:staff", { uid: 100, gid: 50, groups: [50], home: "/home/app" }],
  ["app:4000", { uid: 100, gid: 4000, groups: [4000], home: "/home/app" }],
  ["4000", { uid: 4000, gid: 0, groups: [0], home: "/" }],
  ["4000:5000", { uid: 4000, gid: 5000, groups: [5000], home: "/" }],
  ["7", { uid: 70, gid: 70, groups: [70], home: "/seven" }],
  [":staff", { uid: 0, gid: 50, groups: [50], home: "/root" }],
])("%j", (text, user) => {
  expect(resolveUser(text, files)).toEqual(user);
});

test("an image without a passwd has numbers, and root", () => {
  const none = { passwd: "", group: "" };
  expect(resolveUser("", none)).toEqual({ uid: 0, gid: 0, groups: [0], home: "/" });
  expect(resolveUser("5:6", none)).toEqual({ uid: 5, gid: 6, groups: [6], home: "/" });
});

test.each(["ghost", "app:ghosts", "2147483648", "0:4294967295", "-1", "app:-1"])("%j is refused", (text) => {
  expect(() => resolveUser(text, files)).toThrow(expect.objectContaining({ code: "UNKNOWN_USER" }) as Error);
});

test("a group of the image that no kernel has is refused", () => {
  const files = { passwd: "app:x:1:1::/:\n", group: "huge:x:99999999999999999999:app\n" };
  expect(() => resolveUser("app", files)).toThrow(expect.objectContaining({ code: "UNKNOWN_USER" }) as Error);
});
