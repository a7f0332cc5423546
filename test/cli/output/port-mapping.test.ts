import { expect, test } from "vitest";
import { mappingJson, mappingText, servicePorts } from "../../../src/cli/output/port-mapping.ts";
import { containerId } from "../../../src/model/ids.ts";
import type { Route } from "../../../src/model/route.ts";

const [one, two, other] = ["1", "2", "3"].map((digit) => containerId(digit.repeat(64)));
const service = [one, two].flatMap((id) => (id === undefined ? [] : [{ id, state: "running" as const }]));

const to = (route: Omit<Route, "backends">, port: number, ids = [one, two, other]): Route => ({
  ...route,
  backends: ids.flatMap((containerId) => (containerId === undefined ? [] : [{ containerId, port }])),
});

const routes = [
  to({ hostAddress: "0.0.0.0", hostPort: 53, protocol: "udp" }, 5353, [two]),
  to({ hostAddress: "0.0.0.0", hostPort: 8080, protocol: "tcp" }, 80, [one, two]),
  to({ hostAddress: "::1", hostPort: 8443, protocol: "tcp" }, 443),
  to({ hostAddress: "0.0.0.0", hostPort: 9000, protocol: "tcp" }, 80, [other]),
];

test("each port once, however many replicas are behind it, and none of other services", () => {
  expect(mappingText(servicePorts(service, routes), { isOfOne: false })).toBe(
    "80/tcp -> 0.0.0.0:8080\n443/tcp -> [::1]:8443\n5353/udp -> 0.0.0.0:53\n",
  );
});

test("those that plugins of CNI lead on are there while the container runs", () => {
  const ports = [
    { hostAddress: "0.0.0.0", hostPort: 81, protocol: "tcp", containerPort: 80, byPlugins: true },
    { hostAddress: "0.0.0.0", hostPort: 82, protocol: "tcp", containerPort: 80 },
  ] as const;
  const told = (state: "running" | "exited"): string =>
    mappingText(
      servicePorts(
        service.map((container) => ({ ...container, state, ports })),
        [],
      ),
      { isOfOne: false },
    );
  expect(told("running")).toBe("80/tcp -> 0.0.0.0:81\n");
  expect(told("exited")).toBe("");
});

test("of one port the address alone, to be used in a script", () => {
  const web = servicePorts(service, routes).filter(({ port }) => port === 80);
  expect(mappingText(web, { isOfOne: true })).toBe("0.0.0.0:8080\n");
  expect(JSON.parse(mappingJson(web))).toEqual({
    formatVersion: 1,
    ports: [{ hostAddress: "0.0.0.0", hostPort: 8080, protocol: "tcp", port: 80 }],
  });
});
