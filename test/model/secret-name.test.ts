import { expect, it } from "vitest";
import { namesSecret } from "../../src/model/secret-name.ts";

it.each([
  ...["DB_PASSWORD", "PASSPHRASE", "MYSQL_PWD", "--db-pwd", "dbPwd", "SMTP_PASS", "sessionToken"],
  ...["ENCRYPTION_KEY", "APP_KEYS", "ssh-key", "accessKey", "apikey", "API_KEY_OLD", "environment.KEY"],
  ...["BASIC_AUTH", "proxy.auth", "Authorization", "GOOGLE_CREDENTIALS", "PRIVATE", "client_secret"],
])("%s speaks of a secret", (name) => {
  expect(namesSecret(name)).toBe(true);
});

it.each([
  "PWD",
  "OLDPWD",
  "environment.PWD",
  "KEYBOARD",
  "MONKEY",
  "AUTHOR",
  "AUTH_MODE",
  "KEY_SIZE",
  "HOST",
])("%s does not", (name) => {
  expect(namesSecret(name)).toBe(false);
});
