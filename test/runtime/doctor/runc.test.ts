import { expect, test } from "vitest";
import { judgeRunc } from "../../../src/runtime/doctor/runc.ts";

const printed = (version: string, commit = "v0-0-gabcdef"): string =>
  `runc version ${version}\ncommit: ${commit}\nspec: 1.0.2-dev\ngo: go1.19.8\n`;

const of2025 = ["CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"];
const since1114 = [...of2025, "CVE-2026-41579"];
const since115 = ["CVE-2024-45310", ...since1114];

test.each([
  ["1.1.4", printed("1.1.4"), ["CVE-2023-27561", "CVE-2023-28642", "CVE-2024-21626", ...since115]],
  ["1.1.5 as its makers publish it", printed("1.1.5"), ["CVE-2024-21626", ...since115]],
  ["Debian 12's first", printed("1.1.5+ds1", "1.1.5+ds1-1"), ["CVE-2024-21626", ...since115]],
  ["Debian 12's repaired one", printed("1.1.5+ds1", "1.1.5+ds1-1+deb12u1"), since115],
  ["a later update of Debian 12's", printed("1.1.5+ds1", "1.1.5+ds1-1+deb12u10"), since115],
  ["1.1.14", printed("1.1.14"), since1114],
  ["1.2.0-rc.2", printed("1.2.0-rc.2"), since115],
  ["1.2.0-rc.3", printed("1.2.0-rc.3"), since1114],
  ["1.2.8", printed("1.2.8"), ["CVE-2026-41579"]],
  ["1.3.2", printed("1.3.2"), since1114],
  ["1.3.3", printed("1.3.3"), ["CVE-2026-41579"]],
  ["1.4.0-rc.2", printed("1.4.0-rc.2"), since1114],
  ["1.4.2", printed("1.4.2"), ["CVE-2026-41579"]],
])("runc %s is warned of, with each weakness that it has", (_name, output, weaknesses) => {
  const check = judgeRunc(output);
  expect(check.status).toBe("warning");
  expect(check.detail.match(/CVE-\d+-\d+/g)).toEqual(weaknesses);
  expect(check.remedy).toContain("1.3.6");
});

test.each(["1.3.6", "1.4.3", "1.5.0", "2.0.0"])("runc %s has no known weakness", (version) => {
  expect(judgeRunc(printed(version))).toEqual({ name: "runc", status: "ok", detail: version });
});

test("Debian's version is shown in full, since it says what was repaired", () => {
  expect(judgeRunc(printed("1.1.5+ds1", "1.1.5+ds1-1+deb12u1")).detail).toMatch(
    /^1\.1\.5\+ds1-1\+deb12u1 has/,
  );
});

test("a runc that is not installed says which package it is in", () => {
  expect(judgeRunc(undefined)).toMatchObject({
    status: "missing",
    remedy: "Install it: apt-get install runc",
  });
});

test("a runc whose version cannot be read is warned of", () => {
  expect(judgeRunc("runc, built from source")).toMatchObject({ status: "warning" });
});
