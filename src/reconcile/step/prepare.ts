/**
 * The gate before anything stops or starts: all images here, all volumes and networks there, one container of each
 * service made.
 */
import { defaultNetwork } from "../../model/network.ts";
import type { MissingPart } from "../../model/rollout.ts";
import type { Stack } from "../../model/stack.ts";
import type { ImageResolution } from "./images.ts";
import type { CreateNetworkOperation, Operation } from "../operation.ts";
import { containerKey, containerName, keyOf, networkKey, pullKey, volumeKey } from "../operation.ts";
import { firstMade, firstSlot, idForSlot, type ServiceView } from "./service-view.ts";
import { awaitsRoom } from "./shared-namespaces.ts";
import type { ObservedNetwork } from "../types.ts";
import type { StackView } from "./stack-view.ts";

export interface Gate {
  readonly open: boolean;
  /** Why it is not. */
  readonly missing: readonly MissingPart[];
  /** All images, volumes and networks are there: only containers may be missing. */
  readonly isStocked: boolean;
  /** What opens it, apart from the containers, which their slots make. */
  readonly operations: readonly Operation[];
  /** Names of volumes that have yet to be made. */
  readonly missingVolumes: readonly string[];
  /** Names of networks that have yet to be made, by this stack or another one. */
  readonly missingNetworks: readonly string[];
  /** Keys of all that had to be done for it to open. */
  readonly after: readonly string[];
}

export function prepare(
  stack: Stack,
  options: {
    readonly images: ImageResolution;
    readonly services: readonly ServiceView[];
    readonly view: StackView;
  },
): Gate {
  const { images, services, view } = options;
  const missingVolumes = stack.volumes.filter(
    ({ name, external }) => !external && !view.observed.volumes.includes(name),
  );
  const pulls = images.missing.map((reference): Operation => ({
    kind: "pull",
    stack: stack.name,
    reference,
    cause: { kind: "image-needed" },
    after: [],
  }));
  const volumes = missingVolumes.map(({ name }): Operation => ({
    kind: "create-volume",
    stack: stack.name,
    volume: name,
    cause: { kind: "volume-needed" },
    after: [],
  }));
  const networks = networksToMake(stack, view);
  const missingNetworks = stack.networks.filter(
    ({ name }) => name !== defaultNetwork && findNetwork(name, view) === undefined,
  );
  const running = services.filter(({ service }) => service.replicas > 0);
  const awaited = running.filter((each) => !awaitsRoom(each));
  const stock = [
    ...parts("image", [...images.missing, ...images.forbidden]),
    ...parts(
      "volume",
      missingVolumes.map(({ name }) => name),
    ),
    ...parts(
      "network",
      [...networks.map(({ network }) => network), ...missingNetworks].map(({ name }) => name),
    ),
  ];
  const unmade = awaited.filter((each) => firstMade(each) === undefined);
  const missing = [...stock, ...parts("container", unmade.map(firstName))];
  const isStocked = stock.length === 0;
  return {
    open: missing.length === 0,
    missing,
    isStocked,
    operations: [...pulls, ...volumes, ...networks].filter((operation) => !view.isBusy(keyOf(operation))),
    missingVolumes: missingVolumes.map(({ name }) => name),
    missingNetworks: missingNetworks.map(({ name }) => name),
    after: [
      ...stack.services.map(({ container }) => pullKey(container.image)),
      ...stack.volumes.map(({ name }) => volumeKey(name)),
      ...stack.networks.map(({ name }) => networkKey(name)),
      ...awaited.map((each) =>
        containerKey("create", firstMade(each)?.id ?? idForSlot(each, firstSlot(each))),
      ),
    ],
  };
}

function parts(kind: MissingPart["kind"], names: readonly string[]): readonly MissingPart[] {
  return [...new Set(names)].map((name) => ({ kind, name }));
}

function firstName(each: ServiceView): string {
  return containerName(each.stack, { service: each.service.name, slot: firstSlot(each) });
}

/** Its own, where they are missing or are to be different. */
function networksToMake(stack: Stack, view: StackView): readonly CreateNetworkOperation[] {
  return stack.networks.flatMap(({ name, spec }): readonly CreateNetworkOperation[] => {
    const found = findNetwork(name, view);
    if (spec === undefined || (found && JSON.stringify(found.spec) === JSON.stringify(spec))) return [];
    const cause = { kind: found === undefined ? "network-needed" : "network-changed" } as const;
    return [{ kind: "create-network", stack: stack.name, network: spec, cause, after: [] }];
  });
}

function findNetwork(name: string, view: StackView): ObservedNetwork | undefined {
  return view.observed.networks.find(({ spec }) => spec.name === name);
}
