/** A kept revision beside another one, in which the same name may stand for another image. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { Digest } from "../../model/ids.ts";
import type { KeptRevision } from "../../model/rollout.ts";

/** Each of its images by a name with its digest; its containers are the same. */
export function pinImages(kept: KeptRevision): KeptRevision {
  const images: Record<string, Digest> = {};
  const services = kept.stack.services.map((service) => {
    const { image: reference } = service.container;
    const digest = entryOf(kept.images, reference);
    if (digest === undefined) return service;
    const image = reference.endsWith(`@${digest}`) ? reference : `${reference}@${digest}`;
    images[image] = digest;
    return { ...service, container: { ...service.container, image } };
  });
  return { ...kept, stack: { ...kept.stack, services }, images };
}
