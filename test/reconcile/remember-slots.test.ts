/** Which slots of a service its rollout keeps in mind: those that nobody would choose again by themselves. */
import { expect, it } from "vitest";
import { rememberSlots } from "../../src/reconcile/step/remember-slots.ts";
import { viewServices } from "../../src/reconcile/step/service-view.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, aStranger, emptyWorld, now } from "./build.ts";

const [web] = aStack("shop", { web: { replicas: 2 } }).services;
if (web === undefined) throw new Error("it has one");

type Slots = Readonly<Record<string, readonly number[]>> | undefined;

it.each<[string, readonly number[], readonly number[], Slots, Slots]>([
  ["are its first ones", [1, 2], [1, 2], undefined, undefined],
  ["have a hole", [1, 3], [1, 3], undefined, { web: [1, 3] }],
  ["begin later", [2, 3], [2, 3], undefined, { web: [2, 3] }],
  ["are its first ones, and another one has a container yet", [1, 2], [1, 2, 3], undefined, { web: [1, 2] }],
  ["are its first ones again", [1, 2], [1, 2], { web: [1, 3] }, {}],
])("where they %s", (_, chosen, made, slots, remembered) => {
  const containers = made.map((slot): ObservedContainer => ({ ...aStranger(), service: web.name, slot }));
  const view = {
    ...{ name: aStranger().stack, containers, observed: emptyWorld, inventory: [], rollout: undefined },
    ...{ outcomes: [], inFlight: [], isBusy: () => false, leaverOf: () => undefined, now },
  };
  const services = viewServices([web], { imageOf: () => undefined, view });
  const each = services.map((service) => ({ ...service, slots: new Set(chosen) }));
  expect(rememberSlots(each, slots === undefined ? {} : { slots })).toEqual(
    remembered === undefined ? {} : { slots: remembered },
  );
});
