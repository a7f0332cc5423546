/** What the operations on containers work with. */
import type { ImageStore } from "../image/types.ts";
import type { RuntimePaths } from "../types.ts";
import type { EngineSettings } from "../settings.ts";
import type { Names } from "../names/types.ts";
import type { Network } from "../network/types.ts";
import type { Ports } from "../ports/types.ts";
import type { Cgroups } from "./cgroup/cgroups.ts";
import type { Turns } from "../turns.ts";

export interface Engine {
  readonly paths: RuntimePaths;
  readonly settings: EngineSettings;
  readonly images: Pick<ImageStore, "open" | "claim">;
  readonly network: Pick<Network, "attach" | "complete" | "detach">;
  readonly names: Pick<Names, "enter" | "leave">;
  readonly ports: Pick<Ports, "hold" | "release">;
  readonly cgroups: Cgroups;
  /** An argv that the monitor runs when the process has ended; empty: none. */
  readonly exitCommand: readonly string[];
  /** Volumes that are filled from an image, one container at a time. */
  readonly volumeTurns: Turns;
}
