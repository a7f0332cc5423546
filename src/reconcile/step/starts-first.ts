/** Whether a replica's successor is started before it is stopped, with what is only known of its containers. Pure. */
import { startsFirst as mayStartFirst } from "../../model/start-first.ts";
import type { ServiceView } from "./service-view.ts";

/** What keeps data in volumes of its image, as its containers show, hands them on; it starts first only where the file says so. */
export function startsFirst(
  { service, containers }: Pick<ServiceView, "service" | "containers">,
  services: readonly Pick<ServiceView, "service">[],
): boolean {
  if (service.update?.order === undefined && containers.some(({ keepsData }) => keepsData)) return false;
  return mayStartFirst(
    service,
    services.map((each) => each.service),
  );
}
