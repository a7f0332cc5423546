/**
 * Each golden/NAME.yaml is loaded; golden/NAME.txt says what a user is told, the canonical file, and the stack.
 * `vitest run -u` rewrites them: read the difference.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { hashStack } from "../../src/model/spec-hash.ts";
import { type LoadedStack, loadStack } from "../../src/stack/load.ts";
import { renderStack } from "../../src/stack/render.ts";
import { loadText } from "./support/load-text.ts";

const directory = join(import.meta.dirname, "golden");
const cases = readdirSync(directory).filter((name) => name.endsWith(".yaml"));
const environment = { HOME: "/home/ada", FROM_OUTSIDE: "outside", TAG: "1.27" };

describe("golden stack files", () => {
  test.each(cases)("%s", async (name) => {
    const loaded = await loadGolden(name);
    await expect(describeLoaded(loaded)).toMatchFileSnapshot(join(directory, name.replace(".yaml", ".txt")));
  });

  test.each(cases)("%s: what is rendered loads as the same stack", async (name) => {
    const { stack } = await loadGolden(name);
    if (stack === undefined) return;
    const again = await loadText(renderStack(stack), { environment: { HOME: "/home/ada" } });
    expect(again.stack && hashStack(again.stack)).toBe(hashStack(stack));
    expect(again.stack && renderStack(again.stack)).toBe(renderStack(stack));
  });
});

async function loadGolden(name: string): Promise<LoadedStack> {
  const files = { directory, files: [join(directory, name)] };
  return loadStack(files, { environment, workingDirectory: directory });
}

function describeLoaded({ stack, diagnostics }: LoadedStack): string {
  const said = diagnostics.map(({ severity, code, message, hint, place, path }) => {
    const at = place === undefined ? "" : `${place.file}:${place.line}:${place.column} `;
    const about = path === undefined ? "" : ` (${path})`;
    return `${at}${severity} ${code}${about}\n  ${message}${hint === undefined ? "" : `\n  ${hint}`}\n`;
  });
  if (stack === undefined) return said.join("");
  const services = stack.services.map((service) => ({ ...service, source: undefined }));
  const made = stringify(
    { services, volumes: stack.volumes, networks: stack.networks },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  const sections = [...said, "# canonical\n", renderStack(stack), "# stack\n", made];
  return sections.join("").replaceAll(directory, "/srv/stack").replaceAll(join(directory, ".."), "/srv");
}
