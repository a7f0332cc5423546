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
  ["a value of several lines", ["PRIVATE_KEY=a\nb\nc=d"], ["PRIVATE_KEY=(hidden)"]],
  ["nothing where it is empty", { PASSWORD: "", line: "a b" }, { PASSWORD: "(hidden)", line: "a b" }],
  ["neither numbers nor what holds more", { secrets: [1, { a: null }] }, { secrets: [1, { a: null }] }],
])("hides %s", (_what, document, expected) => {
  expect(redact(document)).toEqual(expected);
});
