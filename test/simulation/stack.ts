/** Stacks as people write them, out of chance; and what they change in them from one revision to the next. */
import { hashStack } from "../../src/model/spec-hash.ts";
import type { Dependency, PullPolicy, Service, Stack, UpdatePolicy } from "../../src/model/stack.ts";
import { aStack, type ServiceWords } from "../reconcile/build.ts";
import type { Chance } from "./chance.ts";
import type { Fate } from "./faults.ts";

export interface Words extends ServiceWords {
  readonly pullPolicy?: PullPolicy;
  readonly rollback?: UpdatePolicy;
}

export type Files = Readonly<Record<string, Words>>;

/** Each may need those before it. */
const names = ["db", "api", "web"] as const;
const ports = { db: 8_001, api: 8_002, web: 8_003 } as const;

/** `isTroubled`: among its images are some that do not work. */
export interface Writing {
  readonly chance: Chance;
  readonly isTroubled: boolean;
  readonly hasNetworks: boolean;
  /** The database is none, and its containers run to their end. */
  readonly hasJob: boolean;
  /** What says anything of its updates goes back by itself. */
  readonly isInPart: boolean;
  /** What every service has for what the life is about. */
  readonly needs?: "port" | "volume" | undefined;
}

export function firstFiles(writing: Writing): Files {
  const { chance } = writing;
  const written = names.filter(() => chance.percent(60));
  const all = written.length === 0 ? [chance.pick(...names)] : written;
  return Object.fromEntries(all.map((name) => [name, aService(name, all, writing)]));
}

function aService(name: (typeof names)[number], all: readonly string[], writing: Writing): Words {
  const { chance, hasNetworks, hasJob, needs } = writing;
  const before = names.slice(0, names.indexOf(name)).filter((other) => all.includes(other));
  const needed = before.filter(() => chance.percent(50));
  const isJob = name === "db" && hasJob;
  return {
    image: anImage(name, writing),
    replicas: chance.pick(1, 1, 2, 3, 4),
    environment: { MODE: "a" },
    ...(isJob ? { job: true } : { restart: { condition: chance.pick("any", "any", "on-failure") } }),
    ...(!isJob && (needs === "port" || chance.percent(60)) && { port: ports[name] }),
    ...((needs === "volume" || chance.percent(25)) && {
      volume: `shop_${name}`,
    }),
    ...(chance.percent(50) && !isJob && { probed: true }),
    ...(hasNetworks && {
      networks: chance.pick(["back"], ["front"], ["back", "front"]),
    }),
    ...(chance.percent(15) && { pullPolicy: "always" as const }),
    dependsOn: Object.fromEntries(
      needed.map((other) => [other, aCondition(chance, { isOfJob: hasJob && other === "db" })]),
    ),
    ...(chance.percent(20) && { restartsWith: needed }),
    ...(chance.percent(70) && { update: aPolicy(writing) }),
    ...(chance.percent(20) && { rollback: aPolicy(writing) }),
  };
}

/** A job that is waited for to its end is what prepares a start, too: `pre_start` becomes one. */
function aCondition(chance: Chance, { isOfJob }: { readonly isOfJob: boolean }): Dependency["condition"] {
  const condition = chance.pick("started" as const, "started" as const, "healthy" as const);
  return isOfJob && condition === "healthy" ? "completed" : condition;
}

/** The character of an image is in its name, and comes with whatever its name stands for. */
function anImage(name: string, { chance, isTroubled }: Writing): string {
  const bad = chance.pick("crashes", "ill", "mute", "fades", "betrays", "ends");
  const tag = isTroubled && chance.percent(25) ? bad : "well";
  return `${name}:${chance.between(1, 4)}-${tag}`;
}

export function fateOfImage(reference: string): Fate {
  return (/-(\w+)(@|$)/.exec(reference)?.[1] ?? "well") as Fate;
}

function aPolicy({ chance, isInPart }: Writing): UpdatePolicy {
  const second = 1_000;
  const surge = {
    maxSurge: chance.pick({ count: 1 }, { count: 2 }, { percent: 50 }),
  };
  const away = {
    maxUnavailable: chance.pick({ count: 0 }, { count: 1 }, { count: 2 }, { percent: 50 }),
  };
  return {
    ...(chance.percent(50) && {
      order: chance.pick("start-first", "stop-first"),
    }),
    ...(chance.percent(40) && { parallelism: chance.between(0, 3) }),
    ...(chance.percent(25) && surge),
    ...(chance.percent(25) && away),
    ...(chance.percent(30) && { delayMs: chance.pick(1, 10) * second }),
    ...(chance.percent(30) && { monitorMs: chance.pick(0, 2, 20) * second }),
    ...(chance.percent(40) && {
      failureAction: chance.pick("rollback", "pause", "continue"),
    }),
    ...(chance.percent(15) && { maxFailureRatio: chance.pick(0.3, 0.5, 1) }),
    ...(chance.percent(50) && {
      healthyDeadlineMs: chance.pick(15, 60) * second,
    }),
    ...(chance.percent(50) && {
      progressDeadlineMs: chance.pick(90, 300) * second,
    }),
    ...(chance.percent(30) && { drainMs: chance.pick(0, 3) * second }),
    ...(chance.percent(15) && {
      canary: chance.pick({ count: 1 }, { percent: 50 }),
    }),
    ...(chance.percent(50) && { autoPromoteMs: 10 * second }),
    ...(isInPart && { scope: "service" }),
  };
}

/** What somebody changed: at least one thing, most often; so often in a hundred, a service leaves. */
export function nextFiles(files: Files, writing: Writing, leaving: number): Files {
  const { chance, hasNetworks } = writing;
  if (chance.percent(10)) return firstFiles(writing);
  const changed = Object.entries(files).map(([name, words]): [string, Words] => [
    name,
    {
      ...words,
      ...(chance.percent(50) && { image: anImage(name, writing) }),
      ...(chance.percent(25) && {
        environment: { MODE: chance.pick("a", "b", "c") },
      }),
      ...(chance.percent(25) && { replicas: chance.between(0, 4) }),
      ...(chance.percent(25) && { update: aPolicy(writing) }),
      ...(hasNetworks &&
        chance.percent(50) && {
          networks: chance.pick(["back"], ["front"], ["side"]),
        }),
    },
  ]);
  const left = changed.length > 1 && chance.percent(leaving) ? changed.slice(1) : changed;
  const present = new Set(left.map(([name]) => name));
  const kept = left.map(([name, { dependsOn = {}, ...words }]): [string, Words] => [
    name,
    {
      ...words,
      dependsOn: Object.fromEntries(Object.entries(dependsOn).filter(([other]) => present.has(other))),
    },
  ]);
  return Object.fromEntries(kept);
}

export function stackOf(files: Files): Stack {
  const stack = aStack("shop", files);
  const services = stack.services.map((service) => dressed(service, files[service.name]));
  return { ...stack, services };
}

/**
 * With what the builder has no words for, and whatever a file says of a container in its source, as the loader leaves it
 * there: who writes to a volume and who does not have two specs. Its policies are part of the revision, and not of the
 * spec.
 */
function dressed(service: Service, words: Words = {}): Service {
  const { pullPolicy, rollback, update, volume, probed, restart } = words;
  const config = JSON.stringify([update ?? {}, rollback ?? {}]);
  return {
    ...service,
    ...(pullPolicy && { pullPolicy }),
    ...(rollback && { rollback }),
    source: {
      ...service.source,
      ...(volume !== undefined && { volumes: [`${volume}:/data`] }),
      ...(probed && { healthcheck: { test: ["CMD", "true"] } }),
      ...(restart?.condition && { restart: restart.condition }),
      "x-rollout": config,
      ...(service.job && { "x-job": true }),
    },
  };
}

export const revisionOf = (files: Files): ReturnType<typeof hashStack> => hashStack(stackOf(files));
