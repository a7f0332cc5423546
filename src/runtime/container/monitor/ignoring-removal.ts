/** What is written down about a container that somebody may remove at this moment. */
import { codeOf } from "../../../model/error.ts";
import { isDiskFull } from "../../disk-full.ts";

/** It may be removed meanwhile, or there may be no room: to go on matters more than to be told of. */
export function ignoringRemoval(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isDiskFull(error) && codeOf(error) !== "ENOENT") throw error;
  }
}
