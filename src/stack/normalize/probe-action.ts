/** What a probe does: one of `http`, `tcp`, `grpc` and `exec`. */
import type { ProbeAction, StatusRange } from "../../model/probe.ts";
import type { CanonicalHttpProbe, CanonicalProbe } from "../canonical-stack.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import { within } from "./within.ts";

interface At {
  readonly path: string;
  readonly checking: Checking;
}

const kinds = ["http", "tcp", "grpc", "exec"] as const;

/** As Kubernetes has it. */
const goodStatuses = [{ first: 200, last: 399 }];

/** Undefined where it is none of them, or wrong: that has been said. */
export function probeAction(probe: CanonicalProbe, at: At): ProbeAction | undefined {
  const [kind, other] = kinds.filter((each) => probe[each] !== undefined);
  if (kind === undefined) {
    if (!at.checking.findings.isBroken(at.path))
      reject(at, ["missing-key", "has none of http, tcp, grpc and exec"]);
    return undefined;
  }
  if (other !== undefined) {
    reject({ ...at, path: `${at.path}.${other}` }, [
      "conflicting-keys",
      `stands beside ${kind}: a probe does one thing`,
    ]);
    return undefined;
  }
  return actionOf(probe, { ...at, path: `${at.path}.${kind}` });
}

function actionOf({ http, tcp, grpc, exec }: CanonicalProbe, at: At): ProbeAction | undefined {
  if (http) return httpAction(http, at);
  if (tcp) return { kind: "tcp", port: portOf(tcp, at) };
  if (grpc) return { kind: "grpc", port: portOf(grpc, at), service: grpc.service ?? "" };
  if (exec?.command === undefined) return undefined; // that has been said
  if (exec.command.length > 0) return { kind: "exec", command: exec.command };
  errorAt(at.checking, `${at.path}.command`, {
    code: "invalid-value",
    message: `${at.path}.command is empty`,
    hint: "Write the program and its arguments.",
  });
  return undefined;
}

function httpAction(http: CanonicalHttpProbe, at: At): ProbeAction {
  const { path = "/", headers = {} } = http;
  const reject = (key: string, message: string, hint: string): void =>
    errorAt(at.checking, `${at.path}.${key}`, { code: "invalid-value", message, hint });
  if (!/^\/[\x21-\x7e]*$/.test(path)) {
    const hint = "Write a path that begins with /, its blanks and other letters as %20 and so on.";
    reject("path", `${at.path}.path is ${JSON.stringify(path)}, which is no path of a request`, hint);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue;
    const hint = "Names are words with dashes; values stand on one line.";
    reject(`headers.${name}`, `${at.path}.headers has ${JSON.stringify(name)}, which cannot be sent`, hint);
  }
  return {
    kind: "http",
    scheme: http.scheme ?? "http",
    port: portOf(http, at),
    path,
    headers,
    statuses: http.status?.map((text, index) => statusOf(text, index, at)) ?? goodStatuses,
  };
}

function statusOf(text: string, index: number, { path, checking }: At): StatusRange {
  const [, first = "", last = first] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
  if (first === "" || Number(first) > Number(last)) {
    errorAt(checking, `${path}.status[${index}]`, {
      code: "invalid-value",
      message: `${path}.status has ${JSON.stringify(text)}, which is no code of an answer and no range of them`,
      hint: "Write a code such as 200, or a range such as 200-299.",
    });
  }
  return { first: Number(first), last: Number(last) };
}

function portOf({ port }: { readonly port?: number }, { path, checking }: At): number {
  const hint = "Write the port that the container listens on.";
  return (
    within(port, { path: `${path}.port`, checking }, { least: 1, most: 65_535, hint }) ?? 0 // said already
  );
}

function reject({ path, checking }: At, [code, message]: readonly [string, string]): void {
  errorAt(checking, path, {
    code,
    message: `${path} ${message}`,
    hint: "Write exactly one of http, tcp, grpc and exec.",
  });
}
