/** Whether a replica's successor is started before it is stopped, with what is only known of its containers. Pure. */
import { isNone } from "../../model/replica-count.ts";
import { startsFirst as mayStartFirst } from "../../model/start-first.ts";
import type { ServiceView } from "./service-view.ts";

/** What keeps data in volumes of its image starts first only where the file says so, or that none may be away. */
export function startsFirst(
  { service, containers }: Pick<ServiceView, "service" | "containers">,
  services: readonly Pick<ServiceView, "service">[],
): boolean {
  const { order, maxUnavailable } = service.update ?? {};
  const isSaid = order !== undefined || isNone(maxUnavailable);
  if (!isSaid && containers.some(({ keepsData }) => keepsData)) return false;
  return mayStartFirst(
    service,
    services.map((each) => each.service),
  );
}
