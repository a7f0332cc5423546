/** What the kernel says of a process, from `stat` and `status` of its folder in /proc. Pure. */

export interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  /** Inside of the container. */
  readonly pidInContainer: number;
  /** The effective one, as the host sees it. */
  readonly uid: number;
  /** `R`, `S`, `Z`, as in proc(5). */
  readonly state: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly cpuMs: number;
  /** `pts/0`; absent where it has none. */
  readonly terminal?: string;
  /** Its arguments, or its name in brackets where it has none, as ps has it. */
  readonly command: string;
}

export interface ProcessFiles {
  readonly stat: string;
  readonly status: string;
  /** Arguments, each with a NUL behind it. */
  readonly cmdline: string;
}

/** As getconf(1) has CLK_TCK on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** @param bootedAt Milliseconds since the epoch. */
export function parseProcess({ stat, status, cmdline }: ProcessFiles, bootedAt: number): ProcessInfo {
  // The name in parentheses may hold anything, also parentheses and newlines.
  const nameEnd = stat.lastIndexOf(")");
  const name = stat.slice(stat.indexOf("(") + 1, nameEnd);
  const fields = stat.slice(nameEnd + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]); // numbers as in proc(5); state is the third
  const words = cmdline.split("\0").slice(0, -1);
  const terminal = terminalName(field(7));
  return {
    pid: Number.parseInt(stat, 10),
    parentPid: field(4),
    pidInContainer: Number(statusField(status, "NSpid").at(-1) ?? Number.parseInt(stat, 10)),
    uid: Number(statusField(status, "Uid")[1]),
    state: fields[0] ?? "?",
    startedAt: bootedAt + ticksToMs(field(22)),
    cpuMs: ticksToMs(field(14) + field(15)),
    ...(terminal !== undefined && { terminal }),
    command: words.length > 0 ? words.join(" ") : `[${name}]`,
  };
}

const ticksToMs = (ticks: number): number => (ticks * 1000) / ticksPerSecond;

function statusField(status: string, name: string): readonly string[] {
  const value = new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
  return value.split(/\s+/).filter((word) => word !== "");
}

/** Major numbers from 136 on are pseudo terminals, 256 of them each; 4 is the console's. */
function terminalName(device: number): string | undefined {
  if (device === 0) return undefined;
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  return major === 4 && minor < 64 ? `tty${minor}` : `${major}:${minor}`;
}
