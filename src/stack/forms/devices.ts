/** The forms of `devices` and of GPUs. */
import { list, mappingAt, type Node, scalar } from "../../document/node.ts";
import { withDefaults } from "./collections.ts";
import { type Form, items, keys, reject } from "./form.ts";
import { word } from "./scalars.ts";

/** `source[:target[:permissions]]`, or `vendor.com/class=name` of the Container Device Interface. */
export const devices: Form = items((node, at) => {
  if (node.kind !== "scalar") return node.kind === "mapping" ? longForm(node) : node;
  const written = String(node.value);
  if (isCdiName(written)) return mappingAt(node.place, { source: written });
  const [source = "", second, third] = written.split(":");
  const bare = third === undefined && second !== undefined && /^[rwm]+$/.test(second);
  const device = {
    source,
    target: bare || second === undefined ? source : second,
    permissions: (bare ? second : third) ?? "rwm",
  };
  const isDevice =
    source.startsWith("/") && device.target.startsWith("/") && /^[rwm]{1,3}$/.test(device.permissions);
  if (isDevice && written.split(":").length <= 3) return mappingAt(node.place, device);
  return reject(at, node.place, {
    code: "invalid-device",
    message: `${at.path} is ${JSON.stringify(written)}, which is no device`,
    hint: "Write /dev/on-host:/dev/in-container:rwm, or vendor.com/class=name for a CDI device.",
  });
});

function longForm(node: Node): Node {
  const source = node.kind === "mapping" ? node.entries.get("source")?.value : undefined;
  const text = source?.kind === "scalar" ? String(source.value) : "";
  return isCdiName(text) ? node : withDefaults(node, { target: text, permissions: "rwm" });
}

/** CDI specification, "Kind" and device names. */
export function isCdiName(text: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9._-]*\/[a-zA-Z][a-zA-Z0-9_-]*=[a-zA-Z0-9][a-zA-Z0-9_.:-]*$/.test(text);
}

const reservation = keys({ count: word });

/** `deploy.resources.reservations.devices`; a count is text, for it may be `all`. */
export const deviceReservations: Form = items(reservation);

/** `gpus: all` asks for every one. */
export const gpus: Form = (node, at) => {
  if (node.kind !== "scalar") return deviceReservations(node, at);
  if (node.value === "all") {
    return list([mappingAt(node.place, { count: scalar("all", node.place) })], node.place);
  }
  return reject(at, node.place, {
    code: "invalid-value",
    message: `${at.path} is ${JSON.stringify(node.value)}, which is neither all nor a list`,
    hint: "Write all, or a list with count or device_ids.",
  });
};
