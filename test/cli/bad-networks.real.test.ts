import { afterAll, beforeAll, expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { keepingWhatRuns } from "../support/keeping-what-runs.ts";

const subnet = "203.0.113.0/24";
const fixed = "203.0.113.9";

/** Has the network `edge`, and an address on it. */
const blog = `name: blog
services:
  app: {image: ../image, command: [sleep, infinity], stop_signal: SIGKILL, networks: {edge: {ipv4_address: ${fixed}}}}
networks: {edge: {name: edge, ipam: {config: [{subnet: ${subnet}}]}}}
`;

/** It runs; beside it, each test wants a stack that cannot be. */
let instance: TestInstance;
beforeAll(async () => {
  instance = await anInstance();
  await instance.write("blog/compose.yaml", blog);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
});
afterAll(() => instance[Symbol.asyncDispose]());

interface Bad {
  readonly what: string;
  /** Of the service, from line 5 of the file on. */
  readonly service: string;
  readonly rest?: string;
  /** Where it is, and what is wrong. */
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}

const bad: readonly Bad[] = [
  {
    what: "a driver that nobody has",
    service: "networks: [front]",
    rest: "networks:\n  front: {driver: wan}\n",
    message:
      "8:11: error: network shop_front has the driver wan, and the host has no CNI configuration of that name",
    hint: "put a configuration that is called wan into /etc/cni/net.d.",
  },
  {
    what: "a fixed address that a container of another stack has",
    service: `networks: {edge: {ipv4_address: ${fixed}}}`,
    rest: "networks: {edge: {external: true}}\n",
    message: `6:23: error: ${fixed} of network edge is that of service blog/app`,
    hint: "Choose another address of the subnet.",
  },
  {
    what: "a fixed address that another service of it has",
    service: "networks: {front: {ipv4_address: 198.51.100.9}}",
    rest: "  other: {image: ../image, networks: {front: {ipv4_address: 198.51.100.9}}}\nnetworks: {front: {ipam: {config: [{subnet: 198.51.100.0/24}]}}}\n",
    message:
      "6:24: error: services.web.networks.front.ipv4_address is 198.51.100.9, which services.other has",
    hint: "Give one of them another address.",
  },
  {
    what: "ranges of ports that do not fit each other",
    service: 'ports: ["8000-8002:80-81"]',
    message: '6:13: error: services.web.ports[0] is "8000-8002:80-81", whose ranges differ in length',
    hint: '"8000-8002:80-82"',
  },
  {
    what: "a range of addresses that is not in its subnet",
    service: "networks: [front]",
    rest: "networks:\n  front: {ipam: {config: [{subnet: 198.51.100.0/24, ip_range: 203.0.113.0/25}]}}\n",
    message:
      '8:53: error: networks.front.ipam.config[0].ip_range is "203.0.113.0/25", which is not in 198.51.100.0/24',
    hint: "Choose",
  },
  {
    what: "an external network that is not there",
    service: "networks: [egde]",
    rest: "networks: {egde: {external: true}}\n",
    message: "7:19: error: there is no network egde, which is external",
    hint: "Bring the stack up that makes it",
  },
  {
    what: "a volume that old and new would both write to",
    service: "volumes: [data:/data]\n    deploy: {update_config: {order: start-first}}",
    rest: "volumes: {data: {}}\n",
    message:
      "7:30: error: services.web.deploy.update_config.order has new replicas start first, and services.web writes to a volume at /data",
    hint: "Write stop-first, or nothing.",
  },
  {
    what: "the same by a surge",
    service: "volumes: [data:/data]\n    x-rollout: {max_surge: 1}",
    rest: "volumes: {data: {}}\n",
    message:
      "7:17: error: services.web.x-rollout.max_surge has new replicas start first, and services.web writes to a volume at /data",
    hint: "Write max_surge: 0",
  },
];

test.each(bad.map((each) => [each.what, each] as const))(
  "%s is an error with its place and what to do; nothing is made",
  async (_, { service, rest = "", message, hint }) => {
    const stack = `name: shop\nservices:\n  web:\n    image: ../image\n    command: [sleep, infinity]\n    ${service}\n${rest}`;
    await instance.write("shop/compose.yaml", stack);
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"]);
    expect(stderr).toContain(`shop/compose.yaml:${message}`);
    expect(stderr).toContain(hint);
    expect(stderr.match(/error:/g)).toHaveLength(1);
    expect(exitCode).toBe(2);
    expect((await instance.run(["network", "ls"])).stdout).not.toContain("shop");
  },
);
