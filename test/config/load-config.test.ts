import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load-config.ts";
import { configSchema } from "../../src/config/schema.ts";
import { defaultSettings } from "../../src/runtime/settings.ts";

test("a configuration that says nothing has the defaults", () => {
  expect(parseConfig("version: 1\n", "config.yaml")).toEqual({ settings: defaultSettings, diagnostics: [] });
});

test("each key goes over its default", () => {
  const text = `
version: 1
security: { user_namespaces: true, no_new_privileges: true }
runtimes: { crun: /usr/bin/crun, gvisor: runsc }
default_runtime: crun
logs: { max_size: 1m, max_files: 3 }
cdi_spec_dirs: [/opt/cdi]
registries: { host_dirs: [/srv/certs.d], credentials_dir: /srv/docker }
network: { pools: [{ base: 10.128.0.0/12, size: 24 }] }
x-note: mine
`;
  expect(parseConfig(text, "config.yaml")).toEqual({
    settings: {
      ...defaultSettings,
      security: { ...defaultSettings.security, userNamespaces: true, noNewPrivileges: true },
      runtimes: { runc: "runc", crun: "/usr/bin/crun", gvisor: "runsc" },
      defaultRuntime: "crun",
      logs: { maxSizeBytes: 1024 * 1024, maxFiles: 3 },
      cdiFolders: ["/opt/cdi"],
      registries: {
        ...defaultSettings.registries,
        ...{ hostDirs: ["/srv/certs.d"], credentialsDir: "/srv/docker" },
      },
      network: { pools: [{ base: "10.128.0.0/12", size: 24 }] },
    },
    diagnostics: [],
  });
});

test.each([
  ["", "1:1 the file is empty", "Begin it with version: 1."],
  [
    "version: 1\nnetwork: {pools: [{base: 10.128.0.0/12, size: 8}]}\n",
    "2:41 network.pools[0].size is 8, but subnets of 10.128.0.0/12 are /12 to /28",
    "Write 20 for 3,000 containers in each network.",
  ],
  [
    "version: 1\nnetwork: {pools: [{base: 10.0.0.0/8, size: 20}, {base: 10.1.0.0/16, size: 24}]}\n",
    "2:50 network.pools[1].base is 10.1.0.0/16, which overlaps 10.0.0.0/8",
    "Keep one of the two.",
  ],
  [
    'version: 1\nnetwork: {pools: [{base: "fd00::/48", size: 64}]}\n',
    '2:20 network.pools[0].base is "fd00::/48", which is no subnet of IPv4',
    "Write such as 10.128.0.0/12.",
  ],
  ["- 1", "1:1 the configuration must be a mapping with the key version", "Begin it with version: 1."],
  ["security: {}", "1:1 the file needs the key version", "Add version to it."],
  ["version: 2", "1:1 version is 2, which is none of 1", "Write one of these."],
  [
    "version: 1\nsecurity:\n  user_namespace: true",
    "3:3 unknown key user_namespace in security",
    "Did you mean `user_namespaces`?",
  ],
  [
    "version: 1\nsecurity: {no_new_privileges: yes}",
    '2:12 security.no_new_privileges must be true or false, not the string "yes"',
    undefined,
  ],
  [
    "version: 1\nruntimes: {cruns: /usr/bin/crun}\ndefault_runtime: crun",
    '3:1 default_runtime is "crun", which is none of runtimes',
    "Did you mean `cruns`?",
  ],
  [
    "version: 1\nruntimes: {crun: bin/crun}",
    '2:12 runtimes.crun is "bin/crun", which is neither a program on PATH nor an absolute path',
    "Write such as crun, or /usr/local/bin/runsc.",
  ],
  [
    "version: 1\nruntimes: {../x: crun}",
    '2:12 "../x" cannot be the name of a runtime',
    "Use up to 63 letters, digits, dots, dashes and underscores; it begins with a letter or digit.",
  ],
  [
    "version: 1\nlogs: {max_size: 1k}",
    '2:8 logs.max_size is "1k", which is no size of 64k or more',
    "Write it with a unit, such as 10m.",
  ],
  [
    "version: 1\ncdi_spec_dirs: [cdi]",
    '2:17 cdi_spec_dirs[0] is "cdi", which is no absolute path',
    "Write the path of the folder from the root, beginning with /.",
  ],
  ["version: 1\nlogs: {max_files: 0}", "2:8 logs.max_files must be >= 1", undefined],
])("%j: %s", (text, message, hint) => {
  const { settings, diagnostics } = parseConfig(text, "config.yaml");
  expect(settings).toBeUndefined();
  expect(diagnostics.map(({ place, message }) => `${place?.line}:${place?.column} ${message}`)).toEqual([
    message,
  ]);
  expect(diagnostics[0]?.hint).toBe(hint);
});

test("its schema is JSON Schema draft-07 by all of ajv's strictness, and describes every key in a sentence", () => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  expect(() => ajv.compile(configSchema)).not.toThrow();
  const sections = Object.values(configSchema.properties ?? {});
  const keys = [...sections, ...sections.flatMap(({ properties = {} }) => Object.values(properties))];
  for (const key of keys) expect(Reflect.get(key, "description")).toMatch(/^\S.* .*\.$/);
});
