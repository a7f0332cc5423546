/** The form of `x-probe`. */
import { list, scalar } from "../../document/node.ts";
import { each, type Form, keys } from "./form.ts";
import { duration, word, words } from "./scalars.ts";

/** One code or range is a list of one. */
const statuses: Form = (node) => {
  const items = node.kind === "list" ? node.items : [node];
  return list(
    items.map((item) => (item.kind === "scalar" ? scalar(String(item.value), item.place) : item)),
    node.place,
  );
};

const probe = keys({
  http: keys({ headers: each(word), status: statuses }),
  exec: keys({ command: words }),
  interval: duration,
  timeout: duration,
  initial_delay: duration,
});

export const probes: Form = each(probe);
