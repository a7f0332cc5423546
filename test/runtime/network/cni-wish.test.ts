import { expect, test } from "vitest";
import type { CniConfiguration } from "../../../src/runtime/network/cni-configuration.ts";
import {
  argumentsOf,
  runtimeConfigOf,
  withLength,
  type CniWish,
} from "../../../src/runtime/network/cni-wish.ts";

const wish: CniWish = {
  macAddress: "02:42:ac:11:00:02",
  addresses: ["198.19.40.5/29", "fd00::5"],
  ports: [
    { hostAddress: "0.0.0.0", hostPort: 8080, protocol: "tcp", containerPort: 80, byPlugins: true },
    {
      hostAddress: "127.0.0.1",
      hostPort: 53,
      protocol: "udp",
      containerPort: 5353,
      byPlugins: true,
    },
  ],
};

function lan(...capabilities: readonly Record<string, boolean>[]): CniConfiguration {
  const plugins = capabilities.map((each, index) => ({ type: `p${index}`, capabilities: each }));
  return { name: "lan", cniVersion: "1.0.0", file: "lan.conflist", plugins };
}

test("each plugin is told what it says that it listens for, and nothing else", () => {
  const { plugins } = lan({ ips: true, mac: false }, { portMappings: true, bandwidth: true }, {});
  expect(plugins.map((plugin) => runtimeConfigOf(plugin, wish))).toEqual([
    { ips: ["198.19.40.5/29", "fd00::5"] },
    {
      portMappings: [
        { hostPort: 8080, containerPort: 80, protocol: "tcp" },
        { hostPort: 53, containerPort: 5353, protocol: "udp", hostIP: "127.0.0.1" },
      ],
    },
    undefined,
  ]);
  expect(runtimeConfigOf({ type: "p", capabilities: { ips: true } }, {})).toBeUndefined();
});

test("an address is an argument of all where no plugin listens for it, that of IPv4 first", () => {
  const mac = { MAC: "02:42:ac:11:00:02" };
  expect(argumentsOf(lan({ portMappings: true }), wish)).toEqual({ ...mac, IP: "198.19.40.5/29" });
  expect(argumentsOf(lan({}), { addresses: ["fd00::5"] })).toEqual({ IP: "fd00::5" });
  expect(argumentsOf(lan({}, { ips: true }), wish)).toEqual(mac);
  expect(argumentsOf(lan({}), {})).toEqual({});
});

test("an address has the length of the subnet that it is in, if any", () => {
  expect(withLength("198.19.40.5", ["fd00::/64", "198.19.40.0/29"])).toBe("198.19.40.5/29");
  expect(withLength("fd00::5", ["fd00::/64", "198.19.40.0/29"])).toBe("fd00::5/64");
  expect(withLength("192.0.2.1", ["198.19.40.0/29"])).toBe("192.0.2.1");
});
