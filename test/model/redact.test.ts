import { expect, it } from "vitest";
import type { JsonValue } from "../../src/model/json.ts";
import { redact } from "../../src/model/redact.ts";

it.each<[string, JsonValue, JsonValue]>([
  ["what has a secret's name", { DB_PASSWORD: "x", MODE: "fast" }, { DB_PASSWORD: "(hidden)", MODE: "fast" }],
  ["what is assigned to one", ["API_KEY=x", "MODE=fast"], ["API_KEY=(hidden)", "MODE=fast"]],
  [
    "what is given to one as an argument",
    ["--db-password=x", "app.auth.token=x", "--mode=fast"],
    ["--db-password=(hidden)", "app.auth.token=(hidden)", "--mode=fast"],
  ],
  [
    "its value in every other text",
    { env: ["TOKEN=abc123xyz"], args: ["curl", "-H", "Auth: abc123xyz"], labels: { url: "//u:abc123xyz@h" } },
    { env: ["TOKEN=(hidden)"], args: ["curl", "-H", "Auth: (hidden)"], labels: { url: "//u:(hidden)@h" } },
  ],
  [
    "not a short value in other words",
    { PASSWORD: "a", args: ["cat"] },
    { PASSWORD: "(hidden)", args: ["cat"] },
  ],
  [
    "a longer one before what is a part of it",
    { TOKEN: "abcdef", SECRET: "abcdefghi", line: "abcdefghi" },
    { TOKEN: "(hidden)", SECRET: "(hidden)", line: "(hidden)" },
  ],
  [
    "the password in a URL, and its value in every other text",
    { DATABASE_URL: "postgres://app:s3cr3tive@db:5432/app?sslmode=off", args: ["--with=s3cr3tive"] },
    { DATABASE_URL: "postgres://app:(hidden)@db:5432/app?sslmode=off", args: ["--with=(hidden)"] },
  ],
  [
    "it in each of several, whatever characters it has, and a token in place of a user",
    ["redis://:a@b:c@r", "http://u:p@h/a,http://u:p2@h/b:c@d", "see https://ghp_x@github.com/a"],
    [
      "redis://:(hidden)@r",
      "http://u:(hidden)@h/a,http://u:(hidden)@h/b:c@d",
      "see https://(hidden)@github.com/a",
    ],
  ],
  [
    "it among the parameters of one",
    ["jdbc:x://h/db?user=u&password=p&ssl=on#top"],
    ["jdbc:x://h/db?user=u&password=(hidden)&ssl=on#top"],
  ],
  [
    "nothing in a URL that has none",
    ["ssh://git@host/a", "http://h:80/a@b:c@d", "https://h/?page=1", "a: //b"],
    ["ssh://git@host/a", "http://h:80/a@b:c@d", "https://h/?page=1", "a: //b"],
  ],
  ["a value of several lines", ["PRIVATE_KEY=a\nb\nc=d"], ["PRIVATE_KEY=(hidden)"]],
  ["nothing where it is empty", { PASSWORD: "", line: "a b" }, { PASSWORD: "(hidden)", line: "a b" }],
  ["neither numbers nor what holds more", { secrets: [1, { a: null }] }, { secrets: [1, { a: null }] }],
])("hides %s", (_what, document, expected) => {
  expect(redact(document)).toEqual(expected);
});
