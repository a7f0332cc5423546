/** Options and values that several commands have. */
import { InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../../document/duration.ts";

export interface FormatFlag {
  readonly format: "table" | "json";
}

export interface FilesFlag extends FormatFlag {
  readonly file: readonly string[];
}

export function fileOption(): Option {
  return new Option(
    "-f, --file <path>",
    "a stack file, or a folder with one or with one in each folder of it; repeatable",
  )
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], "this folder");
}

export function formatOption(...formats: readonly string[]): Option {
  const choices = formats.length === 0 ? ["table", "json"] : formats;
  return new Option("--format <format>", "how to print").choices(choices).default("table");
}

export function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

export interface ContainerPort {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

/** `80`, `80/tcp` or `53/udp`. */
export function containerPort(text: string): ContainerPort {
  const [, port = "", protocol = "tcp"] = /^(\d+)(?:\/(tcp|udp))?$/.exec(text) ?? [];
  if (port === "") throw new InvalidArgumentError("It must be a port such as 80 or 53/udp.");
  return { port: Number(port), protocol: protocol === "udp" ? "udp" : "tcp" };
}

/** As in stack files, or a bare number of seconds; milliseconds. */
export function duration(text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("It must be a duration such as 90s or 5m.");
  return ms;
}

/** A point in time: RFC 3339 or a date, seconds since the epoch, or how long ago; milliseconds since the epoch. */
export function pointInTime(text: string): number {
  const ago = parseDuration(text);
  if (ago !== undefined) return Date.now() - ago;
  const time = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (/^\d/.test(text) && !Number.isNaN(time)) return time;
  throw new InvalidArgumentError("It must be a time such as 2026-01-31T12:00:00Z, or how long ago: 10m.");
}

/** A point in time that is yet to come: RFC 3339, or seconds since the epoch; milliseconds since the epoch. */
export function futureTime(text: string): number {
  const time = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (time > Date.now()) return time;
  throw new InvalidArgumentError("It must be a time to come, such as 2030-01-31T12:00:00Z.");
}
