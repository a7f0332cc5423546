/** A private authority, and certificates that it signs, made on the spot by openssl. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../src/sys/run.ts";

export interface Certificate {
  /** Paths of PEM files. */
  readonly certificate: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  /** For servers on 127.0.0.1, and under further names: `DNS:example.com`. */
  issue(name: string, further?: readonly string[]): Promise<Certificate>;
}

export async function makeAuthority(dir: string): Promise<Authority> {
  await mkdir(dir, { recursive: true });
  const ca = filesOf(dir, "ca");
  await request(ca, ["-x509", "-subj", "/CN=an authority of our own", "-days", "2"]);
  return {
    ...ca,
    issue: async (name, further = []) => {
      const files = filesOf(dir, name);
      const signing = ["-x509", "-CA", ca.certificate, "-CAkey", ca.key, "-days", "2"];
      const places = ["IP:127.0.0.1", ...further].join();
      const names = ["-addext", `subjectAltName=${places}`, "-addext", "basicConstraints=CA:false"];
      await request(files, [...signing, "-subj", `/CN=${name}`, ...names]);
      return files;
    },
  };
}

/** A folder in the manner of certs.d with a hosts.toml, or other files, for one registry; its root. */
export async function hostFolder(
  root: string,
  registry: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = join(root, registry);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return root;
}

function filesOf(dir: string, name: string): Certificate {
  return { certificate: join(dir, `${name}.crt`), key: join(dir, `${name}.key`) };
}

async function request({ certificate, key }: Certificate, args: readonly string[]): Promise<void> {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await run("openssl", ["req", ...curve, "-keyout", key, "-out", certificate, ...args]);
}
