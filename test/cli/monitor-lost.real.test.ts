import { expect, test } from "vitest";
import { anInstance, type PsContainer, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";
import { sigkill } from "../support/sigkill.ts";

test("a container whose monitor is killed is reported, then replaced by whoever watches", async () => {
  await using instance = await anInstance();
  await instance.write(
    "compose.yaml",
    "name: app\nservices:\n  web: { image: ./image, command: [sleep, infinity], stop_signal: SIGKILL }\n",
  );
  await instance.run(["reconcile", "--wait"]);
  const lost = await web(instance);
  sigkill(await instance.monitorPid(lost.id));
  await until("ps shows the loss", async () => /monitor lost/.test((await instance.run(["ps"])).stdout));
  expect(await web(instance)).toMatchObject({ id: lost.id, state: "running", monitored: false });
  const { stdout } = await instance.run(["reconcile", "--dry-run"]);
  expect(stdout).toContain("-/+ web  1 replica, its monitor died");

  await using watcher = instance.spawn(["reconcile", "--watch"]);
  let shown: readonly PsContainer[] = [];
  const instead = (): string => `${watcher.output}\n${JSON.stringify(shown)}`;
  const isReplaced = async (): Promise<PsContainer | false> => {
    shown = await instance.ps();
    const [only] = shown;
    return shown.length === 1 && only !== undefined && only.id !== lost.id && only;
  };
  const replaced = await until("it is replaced", isReplaced, { instead });
  expect(replaced).toMatchObject({ name: "app-web-1", state: "running", monitored: true });

  // Nothing but the kernel sees that a monitor is killed: the watcher has to look.
  sigkill(await instance.monitorPid(replaced.id));
  await until("it is replaced while watched", async () => (await web(instance)).id !== replaced.id);
  watcher.signal("SIGINT");
  await watcher.ended;
  const events = await instance.run(["events", lost.id]);
  expect(events.stdout).toMatch(/monitor-lost[^]*die .* exit code unknown\n[^]*remove/);
});

async function web(instance: TestInstance): Promise<PsContainer> {
  return until("it is there", async () => (await instance.ps()).find(({ state }) => state === "running"));
}
