/** Smaller programs of the host that we call. */
import { codeOf } from "../../model/error.ts";
import { findProgram } from "../../sys/find-program.ts";
import type { Check } from "./check.ts";

export const checkPrograms = (): readonly Check[] => judgePrograms(find);

interface Program {
  readonly name: string;
  readonly debianPackage: string;
  /** What cannot be done without it. */
  readonly without: string;
  /** No container at all runs without it. */
  readonly vital: boolean;
}

const programs: readonly Program[] = [
  { name: "ip", debianPackage: "iproute2", without: "containers have no network", vital: true },
  { name: "unshare", debianPackage: "util-linux", without: "containers have no network", vital: true },
  {
    name: "dnsmasq",
    debianPackage: "dnsmasq-base",
    without: "containers on networks of stacks cannot be made: they would find nobody by name",
    vital: true,
  },
  {
    name: "socat",
    debianPackage: "socat",
    without: "containers with published ports cannot be made",
    vital: true,
  },
  {
    name: "conntrack",
    debianPackage: "conntrack",
    without: "UDP flows stay with a replica that was replaced",
    vital: false,
  },
  { name: "tini-static", debianPackage: "tini", without: "no container can have `init: true`", vital: false },
  { name: "git", debianPackage: "git", without: "no Git repository can be followed", vital: false },
];

/** `find` returns the program's path, or undefined. */
export function judgePrograms(
  find: (name: string, debianPackage: string) => string | undefined,
): readonly Check[] {
  return programs.map(({ name, debianPackage, without, vital }) => {
    const path = find(name, debianPackage);
    if (path !== undefined) return { name, status: "ok", detail: path };
    return {
      name,
      status: vital ? "missing" : "warning",
      detail: `not installed: ${without}`,
      remedy: `Install it: apt-get install ${debianPackage}`,
    };
  });
}

function find(name: string, debianPackage: string): string | undefined {
  try {
    return findProgram(name, debianPackage);
  } catch (error) {
    if (codeOf(error) === "PROGRAM_MISSING") return undefined;
    throw error;
  }
}
