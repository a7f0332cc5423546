/** A store and a registry that goes wrong, for tests of what a pull makes of it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { RegistrySettings } from "../../../src/runtime/settings.ts";
import { buildImage } from "../../support/build-image.ts";
import { startFaultyRegistry, type Fault, type FaultyRegistry } from "./faulty-registry.ts";
import { openTrial, type Trial } from "./trial.ts";

export interface Scene extends AsyncDisposable {
  readonly trial: Trial;
  readonly registry: FaultyRegistry;
  readonly reference: string;
}

const smallContent = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i).join(" "));

/** A registry with one image of one layer, `<host>/a/b:v1`, that goes wrong as `fault` says. */
export async function scene(
  fault: Fault,
  registries: Partial<RegistrySettings> = {},
  { content = smallContent } = {},
): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const trial = stack.use(await openTrial(registries));
  const layout = join(trial.dir, "layout");
  await buildImage({
    dir: layout,
    layers: [[{ path: "f", content }]],
    compression: "none",
  });
  const registry = stack.use(await startFaultyRegistry(layout, fault));
  const kept = stack.move();
  return {
    trial,
    registry,
    reference: `${registry.host}/a/b:v1`,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export const layerBlob = /^\/v2\/a\/b\/blobs\/sha256:/;

/** The configuration is the first blob that is asked for; from then on it is the layer. Told which request it is. */
export function onLayer(act: (...args: [...Parameters<Fault>, attempt: number]) => boolean): Fault {
  let blobs = 0;
  return (request, response, content) =>
    layerBlob.test(request.url ?? "") && ++blobs >= 2 && act(request, response, content, blobs - 1);
}

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}) =>
  (_: IncomingMessage, response: ServerResponse): boolean => {
    response.writeHead(code, headers).end("<html>");
    return true;
  };
