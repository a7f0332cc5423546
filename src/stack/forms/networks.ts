/** The forms of networks, at the top level and of a service. */
import { mapEntries, scalar } from "../../document/node.ts";
import { labels, names } from "./collections.ts";
import { external } from "./external.ts";
import { type Form, items, keys } from "./form.ts";

const settings: Form = keys({
  driver_opts: labels,
  labels,
  ipam: keys({ options: labels, config: items(keys({ aux_addresses: labels })) }),
});

export const network: Form = (node, at) => {
  const made = external(node, at);
  return made === undefined ? undefined : settings(made, at);
};

const membership: Form = keys({ driver_opts: labels });

/** A list of names is a mapping of them; one that says nothing is null. */
export const serviceNetworks: Form = (node, at) => {
  const named = names(node, at);
  if (named?.kind !== "mapping") return named;
  return mapEntries(named, (value, key) =>
    value.kind === "mapping" && value.entries.size === 0
      ? scalar(null, value.place)
      : membership(value, { ...at, path: `${at.path}.${key}` }),
  );
};
