/** Who the process runs as: `user[:group]` against the image's own passwd and group. */
import { TallymanError } from "../../../model/error.ts";

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** With the primary one in front, so that dropping groups by a set-group-id program gains nothing. */
  readonly groups: readonly number[];
  readonly home: string;
}

/** Contents of the image's files; empty where it has none. */
export interface UserFiles {
  readonly passwd: string;
  readonly group: string;
}

/** An unknown name is an error; an unknown number is taken as it is, with group 0. Empty is root. `further` are groups. */
export function resolveUser(text: string, files: UserFiles, further: readonly string[] = []): ResolvedUser {
  const [userText = "", groupText = ""] = text.split(":");
  const users = entriesOf(files.passwd);
  const groups = entriesOf(files.group);
  const user = userText === "" ? find(users, "0") : find(users, userText);
  const uid = user ? Number(user[2]) : idOf(userText === "" ? "0" : userText, "user");
  const gid = groupText === "" ? Number(user?.[3] ?? 0) : gidOf(groupText, groups);
  const memberships =
    groupText === "" && user
      ? groups
          .filter((group) => (group[3] ?? "").split(",").includes(user[0] ?? ""))
          .map((group) => Number(group[2]))
      : [];
  return {
    uid: inRange(uid, text),
    gid,
    groups: [...new Set([gid, ...memberships, ...further.map((group) => gidOf(group, groups))])].map((id) =>
      inRange(id, text),
    ),
    home: user?.[5] === undefined || user[5] === "" ? "/" : user[5],
  };
}

type Entry = readonly string[];

/** Lines of name:password:id:... whose id is a number. */
function entriesOf(file: string): readonly Entry[] {
  return file
    .split("\n")
    .map((line) => line.trim().split(":"))
    .filter((fields) => fields[0] !== "" && /^\d+$/.test(fields[2] ?? ""));
}

/** By name first, as getpwnam(3) does for chown(1). */
function find(entries: readonly Entry[], key: string): Entry | undefined {
  return entries.find((entry) => entry[0] === key) ?? entries.find((entry) => entry[2] === key);
}

function gidOf(text: string, groups: readonly Entry[]): number {
  const group = find(groups, text);
  return group ? Number(group[2]) : idOf(text, "group");
}

function idOf(text: string, kind: "user" | "group"): number {
  if (/^\d+$/.test(text)) return Number(text);
  const file = kind === "user" ? "/etc/passwd" : "/etc/group";
  throw new TallymanError("UNKNOWN_USER", `the image has no ${kind} ${JSON.stringify(text)} in its ${file}`, {
    hint: `Use a ${kind} that the image has, or a number.`,
  });
}

function inRange(id: number, text: string): number {
  if (id <= 0x7fff_ffff) return id;
  throw new TallymanError("UNKNOWN_USER", `user ${JSON.stringify(text)}: ids end at 2147483647`);
}
