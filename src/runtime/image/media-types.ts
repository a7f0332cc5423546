/** The media types that we read: OCI image-spec, media-types.md, and Docker image manifest version 2, schema 2. */

export const indexTypes: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

export const ociManifestType = "application/vnd.oci.image.manifest.v1+json";

export const manifestTypes: readonly string[] = [
  ociManifestType,
  "application/vnd.docker.distribution.manifest.v2+json",
];

export const ociConfigType = "application/vnd.oci.image.config.v1+json";

export const configTypes: readonly string[] = [
  ociConfigType,
  "application/vnd.docker.container.image.v1+json",
];

export const ociLayerType = "application/vnd.oci.image.layer.v1.tar";

export const layerTypes: readonly string[] = [
  ociLayerType,
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
  "application/vnd.oci.image.layer.nondistributable.v1.tar",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.diff.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
];
