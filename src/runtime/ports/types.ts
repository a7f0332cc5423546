/** Published ports are held: nobody else can come to listen there while a container has them, running or not. */
import type { ContainerId } from "../../model/ids.ts";
import type { HeldPort } from "../../model/route.ts";

export interface Ports {
  /** The container has these ports from now on, and others of its service may. Throws PORT_TAKEN. */
  hold(id: ContainerId, ports: readonly HeldPort[]): Promise<void>;
  /** What no other container has is free. No error where it has none. */
  release(id: ContainerId): Promise<void>;
  /** What others have than these containers is free; what these have is held, where it can be. */
  sweep(keep: ReadonlySet<ContainerId>): Promise<void>;
  /** Starts holders again that have died. */
  mend(): Promise<void>;
}

/** Of containers that have none. */
export const noPorts: Pick<Ports, "hold" | "release"> = {
  hold: () => Promise.resolve(),
  release: () => Promise.resolve(),
};
