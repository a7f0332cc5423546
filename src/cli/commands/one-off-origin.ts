/** What a one-off container is made from: a container of its service, or the service as a stack file has it. */
import { loadDesired } from "../../agent/load.ts";
import { labelsOfNetwork } from "../../agent/labels.ts";
import { replicasOf, type Replica } from "../../agent/replica.ts";
import { selectReplica } from "../../agent/select.ts";
import type { ContainerSpec } from "../../model/container-spec.ts";
import { hasErrors } from "../../model/diagnostic.ts";
import { codeOf, messageOf, TallymanError } from "../../model/error.ts";
import type { Digest, ServiceName, StackName } from "../../model/ids.ts";
import type { Service, Stack } from "../../model/stack.ts";
import { requireRecord } from "../../runtime/container/record.ts";
import { openImages } from "../../runtime/open.ts";
import { openReader } from "../../runtime/open-reader.ts";
import type { OneOffRequest } from "../../runtime/one-off/one-off.ts";
import type { RuntimePaths } from "../../runtime/types.ts";
import { createVolume } from "../../runtime/volume/volumes.ts";
import { openDirectorySource } from "../../source/directory-source.ts";
import { environment } from "../environment.ts";
import { diagnosticsText } from "../output/diagnostics.ts";
import { showPull } from "../output/pull.ts";
import type { CommandContext } from "./context.ts";

export interface OneOffOrigin extends Pick<OneOffRequest, "joins" | "networks"> {
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly spec: ContainerSpec;
  /** In the store. */
  readonly image: Digest;
}

/** As the service's containers were made, on their image. Throws NO_SUCH_CONTAINER, NOT_A_SERVICE. */
export async function originInContainer(paths: RuntimePaths, name: string): Promise<OneOffOrigin> {
  const { id, stack, service } = selectOne(replicasOf(await openReader(paths).list()), name);
  if (stack === undefined || service === undefined) {
    throw new TallymanError("NOT_A_SERVICE", `${name} is no container of a service`);
  }
  const { spec, image, joins } = requireRecord(paths, id);
  return { stack, service, spec, image, ...(joins && { joins }) };
}

function selectOne(replicas: readonly Replica[], name: string): Replica {
  try {
    return selectReplica(replicas, name);
  } catch (error) {
    if (codeOf(error) !== "NO_SUCH_CONTAINER") throw error;
    throw new TallymanError("NO_SUCH_CONTAINER", messageOf(error), {
      hint: "`run -f FILE` takes a service from its stack file, whether or not there is a container of it.",
    });
  }
}

/**
 * From stack files, whatever runs. Makes the service's volumes and pulls its image, where they are not here. Throws
 * INVALID_STACK_FILE, NO_SUCH_SERVICE, IMAGE_NOT_HERE, JOINED_CONTAINER_GONE.
 */
export async function originInFiles(
  paths: RuntimePaths,
  { name, files }: { readonly name: string; readonly files: readonly string[] },
  context: CommandContext,
): Promise<OneOffOrigin> {
  const { stack, service } = await findService(name, files, context);
  const replicas = replicasOf(await openReader(paths).list());
  const joins = (service.joins ?? []).map(({ namespace, service: joined }) => {
    const found = replicas.find((each) => each.stack === stack.name && each.service === joined);
    if (found?.state === "running") return [namespace, found.id] as const;
    const message = `no container of ${stack.name}/${joined} runs, whose namespaces ${name} shares`;
    throw new TallymanError("JOINED_CONTAINER_GONE", message, { hint: "Bring the stack up first." });
  });
  const others = (service.containerJoins ?? []).map(({ namespace, container }) => {
    const found = replicas.find((each) => each.name === container && each.state === "running");
    if (found !== undefined) return [namespace, found.id] as const;
    const message = `container ${container}, whose namespaces ${name} shares, does not run`;
    throw new TallymanError("JOINED_CONTAINER_GONE", message, { hint: "Bring its stack up first." });
  });
  const shared = Object.fromEntries([...joins, ...others]);
  const image = await imageOf(paths, service, context);
  const external = new Set(stack.volumes.filter((volume) => volume.external).map((volume) => volume.name));
  for (const mount of service.container.mounts) {
    if (mount.kind !== "volume" || mount.volume === undefined || external.has(mount.volume)) continue;
    await createVolume(paths.dataDir, mount.volume);
  }
  const labels = labelsOfNetwork(stack.name);
  const networks = stack.networks.flatMap(({ spec }) => (spec === undefined ? [] : [{ spec, labels }]));
  const origin = { stack: stack.name, service: service.name, spec: service.container, image, networks };
  return { ...origin, ...(Object.keys(shared).length > 0 && { joins: shared }) };
}

async function findService(
  name: string,
  files: readonly string[],
  { terminal }: CommandContext,
): Promise<{ readonly stack: Stack; readonly service: Service }> {
  await using source = openDirectorySource(files);
  const { desired, diagnostics } = await loadDesired(source.id, await source.fetch(), {
    environment: environment(),
    workingDirectory: process.cwd(),
  });
  if (hasErrors(diagnostics)) {
    terminal.err(diagnosticsText(diagnostics, terminal.paintErr));
    throw new TallymanError("INVALID_STACK_FILE", "a stack file is not valid", {
      hint: "Nothing was done. Mend what is named above.",
    });
  }
  const all = desired.stacks.flatMap(({ stack }) => stack.services.map((service) => ({ stack, service })));
  const found = all.filter((each) =>
    [`${each.stack.name}/${each.service.name}`, each.service.name].includes(name),
  );
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const names = (first === undefined ? all : found).map((each) => `${each.stack.name}/${each.service.name}`);
  const why = first === undefined ? "is no service of the stack files" : "is a service of several stacks";
  throw new TallymanError("NO_SUCH_SERVICE", `${name} ${why}`, { hint: `There are: ${names.join(", ")}.` });
}

/** As its pull policy says. */
async function imageOf(
  paths: RuntimePaths,
  { container: { image: reference }, pullPolicy }: Service,
  { terminal, signal, settings }: CommandContext,
): Promise<Digest> {
  const images = await openImages(paths, await settings());
  const here = await images.find(reference);
  if (here?.stored === true && pullPolicy !== "always") return here.digest;
  if (pullPolicy === "never") {
    throw new TallymanError(
      "IMAGE_NOT_HERE",
      `image ${reference} is not here, and its pull_policy is never`,
      {
        hint: "Load it with `tallyman load`, or let it be pulled with pull_policy: missing.",
      },
    );
  }
  using view = await showPull(terminal, reference);
  return await images.pull(reference, { signal, onProgress: (progress) => view.layer(progress) });
}
