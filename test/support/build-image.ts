/** Images for the tests, made on the spot: an OCI image layout from a description of its files. */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { pack, type Header } from "tar-stream";
import { digest, type Digest } from "../../src/model/ids.ts";

export interface ImageFile {
  readonly path: string;
  /** Default: `file`. */
  readonly type?: Header["type"];
  readonly content?: string | Uint8Array;
  /** Default: 0755 for folders, else 0644. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Default: the epoch. */
  readonly mtime?: Date;
  /** Target of a `symlink` or (hard) `link`. */
  readonly linkTo?: string;
  readonly device?: readonly [major: number, minor: number];
  /** Extended PAX records, such as `SCHILY.xattr.user.colour` or `mtime`. */
  readonly pax?: Readonly<Record<string, string>>;
}

/** The `config` object of an OCI image configuration. */
export interface ImageConfigFields {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly Healthcheck?: { readonly Test: readonly string[]; readonly Interval?: number };
}

export interface ImageRecipe {
  /** The layout's folder; made where it is missing. An image that is there under the same name is replaced. */
  readonly dir: string;
  /** The base first; a layer is its files, or a tar archive as it is. */
  readonly layers: readonly (readonly ImageFile[] | Uint8Array)[];
  readonly config?: ImageConfigFields;
  /** `org.opencontainers.image.ref.name`; several images of one layout are told apart by it. */
  readonly name?: string;
  /** Default: gzip. */
  readonly compression?: "gzip" | "zstd" | "none";
  /** Default: this machine's. */
  readonly architecture?: string;
}

/** Writes the image and returns its manifest's digest. The layout's path is then a reference that can be run. */
export async function buildImage(recipe: ImageRecipe): Promise<Digest> {
  await mkdir(join(recipe.dir, "blobs/sha256"), { recursive: true });
  const compression = recipe.compression ?? "gzip";
  const diffIds: Digest[] = [];
  const layers: Descriptor[] = [];
  for (const layer of recipe.layers) {
    const tar = layer instanceof Uint8Array ? layer : await packFiles(layer);
    diffIds.push(sha256(tar));
    layers.push(await addBlob(recipe.dir, compress[compression](tar), layerTypes[compression]));
  }
  const config = await addJson(recipe.dir, "application/vnd.oci.image.config.v1+json", {
    architecture: recipe.architecture ?? { x64: "amd64" }[process.arch as string] ?? process.arch,
    os: "linux",
    config: recipe.config ?? { Cmd: ["/bin/sh"], Env: ["PATH=/bin:/usr/bin"] },
    rootfs: { type: "layers", diff_ids: diffIds },
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await addJson(recipe.dir, mediaType, { schemaVersion: 2, mediaType, config, layers });
  await addToIndex(recipe.dir, {
    ...manifest,
    ...(recipe.name !== undefined && { annotations: { [nameAnnotation]: recipe.name } }),
  });
  return manifest.digest;
}

/** Debian's busybox-static with all its applets under /bin, root in passwd, and an empty 1777 /tmp. */
export async function busyboxFiles(): Promise<readonly ImageFile[]> {
  const applets =
    "sh cat ls echo sleep env id true false touch mkdir rm cp mv ln kill ps grep head tail wc date hostname stat " +
    "test [ seq printf tr cut sort mount umount nc wget httpd ip ifconfig ping nslookup pwd whoami chmod chown dd " +
    "df du find sed awk xargs tee yes trap nproc free top sync readlink realpath mknod mkfifo timeout uname vi stty";
  return [
    ...["bin", "etc", "root", "home", "var", "usr"].map((path) => ({ path, type: "directory" }) as const),
    { path: "tmp", type: "directory", mode: 0o1777 },
    {
      path: "etc/passwd",
      content: "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    },
    { path: "etc/group", content: "root:x:0:\nnogroup:x:65534:\n" },
    { path: "bin/busybox", content: await readFile("/bin/busybox"), mode: 0o755 },
    ...applets
      .split(" ")
      .map((applet) => ({ path: `bin/${applet}`, type: "symlink", linkTo: "busybox" }) as const),
  ];
}

/** A tar archive of the files, in their order, nothing added. */
export async function packFiles(files: readonly ImageFile[]): Promise<Buffer> {
  const archive = pack();
  for (const file of files) {
    const type = file.type ?? "file";
    archive.entry(
      {
        name: file.path,
        type,
        mode: file.mode ?? (type === "directory" ? 0o755 : 0o644),
        uid: file.uid ?? 0,
        gid: file.gid ?? 0,
        mtime: file.mtime ?? new Date(0),
        ...(file.linkTo !== undefined && { linkname: file.linkTo }),
        ...(file.device && { devmajor: file.device[0], devminor: file.device[1] }),
        pax: file.pax ?? null,
      },
      Buffer.from(file.content ?? ""),
    );
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

const nameAnnotation = "org.opencontainers.image.ref.name";

const layerTypes = {
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  none: "application/vnd.oci.image.layer.v1.tar",
} as const;

const compress = {
  gzip: (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 1 }),
  zstd: (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes),
  none: (bytes: Uint8Array): Uint8Array => bytes,
} as const;

async function addJson(dir: string, mediaType: string, value: object): Promise<Descriptor> {
  return addBlob(dir, Buffer.from(JSON.stringify(value)), mediaType);
}

async function addBlob(dir: string, content: Uint8Array, mediaType: string): Promise<Descriptor> {
  const id = sha256(content);
  await writeFile(join(dir, "blobs/sha256", id.slice("sha256:".length)), content);
  return { mediaType, digest: id, size: content.length };
}

async function addToIndex(dir: string, added: Descriptor): Promise<void> {
  await writeFile(join(dir, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const path = join(dir, "index.json");
  const index = await readFile(path, "utf8").catch(() => '{"manifests":[]}');
  const { manifests } = JSON.parse(index) as { manifests: readonly Descriptor[] };
  const nameOf = (descriptor: Descriptor): string | undefined => descriptor.annotations?.[nameAnnotation];
  const others = manifests.filter((descriptor) => nameOf(descriptor) !== nameOf(added));
  await writeFile(path, JSON.stringify({ schemaVersion: 2, manifests: [...others, added] }));
}

function sha256(content: Uint8Array): Digest {
  return digest(`sha256:${createHash("sha256").update(content).digest("hex")}`);
}
