import { expect, test } from "vitest";
import { gitLocation, withoutCredentials } from "../../src/source/git-location.ts";

test.each([
  ["https://host/repo.git", "git:https://host/repo.git#HEAD"],
  ["ssh://git@host:2222/repo", "git:ssh://git@host:2222/repo#HEAD"],
  ["git@host:group/repo.git", "git:git@host:group/repo.git#HEAD"],
  ["/srv/repo.git", "git:file:///srv/repo.git#HEAD"],
  ["https://user:secret@host/repo", "git:https://host/repo#HEAD"],
  ["ssh://git:secret@host/repo", "git:ssh://git@host/repo#HEAD"],
])("%s is a source", (url, id) => {
  expect(gitLocation({ url }).id).toBe(id);
});

test("ref and path are part of what a source is", () => {
  const location = gitLocation({ url: "https://host/r", ref: "release/1.2", path: "./stacks//web/" });
  expect(location).toMatchObject({
    id: "git:https://host/r#release/1.2:stacks/web",
    ref: "release/1.2",
    path: "stacks/web",
  });
});

test.each([
  "ext::sh -c id",
  "-uevil",
  "--upload-pack=evil",
  "ssh://-oProxyCommand=evil/repo",
  "ssh://git@-oProxyCommand=evil/repo",
  "-oProxyCommand=evil:repo",
  "host:-evil",
  "fd::17",
  "https://host/a b",
  "ftp://host/repo",
  "relative/repo",
  "",
])("%j is not taken for a URL", (url) => {
  expect(() => gitLocation({ url })).toThrow(expect.objectContaining({ code: "INVALID_GIT_URL" }));
});

test.each(["-q", "--upload-pack=evil", "a..b", "a b", "a:b", "+a", "a.lock", "a@{1}", "a/", "^a"])(
  "%j is not taken for a ref",
  (ref) => {
    expect(() => gitLocation({ url: "/r", ref })).toThrow(
      expect.objectContaining({ code: "INVALID_GIT_REF" }),
    );
  },
);

test.each(["../other", "a/../../b", "/etc", "a\0b"])("%j is not a path in a repository", (path) => {
  expect(() => gitLocation({ url: "/r", path })).toThrow(
    expect.objectContaining({ code: "INVALID_GIT_PATH" }),
  );
});

test("credentials are left out of any text", () => {
  expect(withoutCredentials("fatal: unable to access 'https://me:s3cret@host/r/': no")).toBe(
    "fatal: unable to access 'https://host/r/': no",
  );
  expect(withoutCredentials("https://token@a/ and ssh://git@b/ and ssh://git:pw@c/")).toBe(
    "https://a/ and ssh://git@b/ and ssh://git@c/",
  );
});

test("a message about a wrong URL has no credentials in it", () => {
  expect(() => gitLocation({ url: "https://me:s3cret@host/a b" })).toThrow(/^https:\/\/host\/a b is not/);
});
