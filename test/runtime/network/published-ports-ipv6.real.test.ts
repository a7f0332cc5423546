import { describe, expect, test } from "vitest";
import { openNetwork } from "../../../src/runtime/network/network.ts";
import { make, on, spec } from "./ipv6-networks.ts";
import { ask, hostPort, idOf, otherHost, routeTo, serve, trialNetwork, withIPv6 } from "./trial.ts";

const [web, api, other] = [idOf("web"), idOf("api"), idOf("other")];
const port = 8080;

describe("a published port", () => {
  test("is reached by IPv6, as who has asked, and no more when nobody is behind it", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const outside6 = await withIPv6(outside);
    await make(trial, spec("front"), spec("back"));
    const one = await trial.network.attach(web, on("front"));
    const two = await trial.network.attach(api, on("front"));
    const back = await trial.network.attach(other, on("back"));
    trial.use(await serve(one.netnsPath, { port, name: "one", on: "::" }));
    trial.use(await serve(two.netnsPath, { port, name: "two", on: "::" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);

    expect(await ask(outside.netnsPath, outside6.hostAddress, hostPort())).toBe(`one ${outside6.address}`);
    expect(await ask(undefined, outside6.hostAddress, hostPort())).toMatch(/^one /);
    expect(await ask(back.netnsPath, outside6.hostAddress, hostPort())).toMatch(/^one /);
    expect(await ask(one.netnsPath, outside6.hostAddress, hostPort())).toMatch(/^one /);
    await trial.network.setRoutes([routeTo(hostPort(), [api])]);
    expect(await ask(outside.netnsPath, outside6.hostAddress, hostPort())).toMatch(/^two /);
    expect(await ask(outside.netnsPath, outside.hostAddress, hostPort())).toMatch(/two ::ffff:/);
    await trial.network.setRoutes([routeTo(hostPort(), [])]);
    expect(await ask(outside.netnsPath, outside6.hostAddress, hostPort())).toBe("ECONNREFUSED");
  });

  test("of all addresses of IPv4 is not one of IPv6, also for whoever reads it from the kernel", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const { hostAddress } = await withIPv6(outside);
    await make(trial, spec("front"));
    const one = await trial.network.attach(web, on("front"));
    trial.use(await serve(one.netnsPath, { port, name: "one", on: "::" }));
    const route = { ...routeTo(hostPort(), [web]), ipv4Only: true as const };
    await trial.network.setRoutes([route]);

    expect(await openNetwork(trial.paths, trial.instance).routes()).toEqual([route]);
    expect(await ask(outside.netnsPath, outside.hostAddress, hostPort())).toMatch(/^one /);
    expect(await ask(outside.netnsPath, hostAddress, hostPort())).toBe("ECONNREFUSED");
  });

  test("does not lead by IPv6 to who has it on an internal network alone", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const { hostAddress } = await withIPv6(outside);
    await make(trial, spec("front", { ipv6: false }), spec("inside", { internal: true }));
    const one = await trial.network.attach(web, on("front", "inside"));
    trial.use(await serve(one.netnsPath, { port, name: "one", on: "::" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);

    expect(await ask(outside.netnsPath, outside.hostAddress, hostPort())).toMatch(/^one /);
    expect(await ask(outside.netnsPath, hostAddress, hostPort())).toBe("ECONNREFUSED"); // where nobody holds the port
  });

  test("of one address of IPv6 is that of no other one", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const { hostAddress } = await withIPv6(outside);
    await make(trial, spec("front"));
    const one = await trial.network.attach(web, on("front"));
    trial.use(await serve(one.netnsPath, { port, name: "one", on: "::" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web], hostAddress)]);

    expect(await ask(outside.netnsPath, hostAddress, hostPort())).toMatch(/^one /);
    const gateway = one.addresses[1]?.replace(/:[^:]*$/, ":1") ?? "";
    expect(await ask(outside.netnsPath, gateway, hostPort())).toBe("ECONNREFUSED");
  });
});
