import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { chmod, chown, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";
import { anInstanceRunning, type TestInstance } from "../support/instance.ts";
import type { Ended } from "../support/program.ts";
import { until } from "../support/until.ts";

/** Inside: a folder with a file, a link and a folder below; links that a copy must not follow out of the container. */
const setUp =
  "mkdir -p /site/below; echo page > /site/index; echo deep > /site/below/file; ln -s index /site/link; " +
  "chown 1000:1001 /site/index; chmod 4750 /site/index; echo kept > /data/kept; " +
  "ln -s /etc/passwd /stolen; ln -s ../../../../../../../../etc /up; mkfifo /site/fifo; echo ready";

let instance: TestInstance;
beforeAll(async () => {
  instance = await anInstanceRunning(`name: app
services:
  web: { image: ./image, command: [sleep, infinity], stop_signal: SIGKILL, volumes: ["data:/data"] }
  mapped: { image: ./image, command: [sleep, infinity], stop_signal: SIGKILL, userns_mode: private, volumes: ["more:/data"] }
  sealed: { image: ./image, command: [sleep, infinity], stop_signal: SIGKILL, read_only: true }
  host: { image: ./image, command: [sleep, infinity], stop_signal: SIGKILL, pid: host }
  job: { image: ./image, command: ["true"] }
volumes: { data: , more: }
`);
  for (const service of ["web", "mapped"]) expect(await inside(service, setUp)).toBe("ready\n");
});
afterAll(() => instance[Symbol.asyncDispose]());

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(instance.folder, "t-"));
});

const cp = (...args: readonly string[]): Promise<Ended> => instance.run(["cp", ...args], { cwd: folder });

const copied = async (...args: readonly string[]): Promise<void> =>
  expect(await cp(...args)).toMatchObject({ exitCode: 0, stdout: "" });

const inside = async (service: string, line: string): Promise<string> =>
  (await instance.run(["exec", `app/${service}`, "sh", "-c", `{ ${line}; } 2>&1`])).stdout;

const here = (path: string): string => readFileSync(join(folder, path), "utf8");

const write = (path: string, content: string): Promise<string> =>
  instance.write(join(folder.slice(instance.folder.length), path), content);

test("a name that somebody made up in a container commands no terminal", async () => {
  await inside("web", "mkdir /odd && mkfifo /odd/$(printf '\\033[2J')");
  expect((await cp("app/web:/odd", ".")).stderr).toBe("Left out ?[2J: a device, socket or fifo.\n");
});

describe.each(["web", "mapped"])("out of %s", (service) => {
  test("a file gets the name that is asked for, and belongs to the caller", async () => {
    await copied(`app/${service}:/site/index`, "mine");
    expect(here("mine")).toBe("page\n");
    expect(lstatSync(join(folder, "mine"))).toMatchObject({ uid: 0, gid: 0, mode: 0o100750 });
  });

  test("with -a it keeps its owner and mode", async () => {
    await copied("-a", `app/${service}:/site/index`, ".");
    expect(lstatSync(join(folder, "index"))).toMatchObject({ uid: 1000, gid: 1001, mode: 0o104750 });
  });

  test("a folder goes into one that is there, or under a new name; links stay links, and a fifo is left out", async () => {
    const { exitCode, stderr } = await cp(`app/${service}:site`, ".");
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: "Left out fifo: a device, socket or fifo.\n",
    });
    expect(readdirSync(join(folder, "site"))).toEqual(["below", "index", "link"]);
    expect(here("site/below/file")).toBe("deep\n");
    expect(lstatSync(join(folder, "site/link")).isSymbolicLink()).toBe(true);
    expect((await cp(`app/${service}:/site/`, "new")).exitCode).toBe(0);
    expect((await cp(`app/${service}:/site/below/.`, "new")).exitCode).toBe(0);
    expect(here("new/index") + here("new/file")).toBe("page\ndeep\n");
  });

  test("what is in a volume is there", async () => {
    await copied(`app/${service}:/data/kept`, ".");
    expect(here("kept")).toBe("kept\n");
  });

  test("a link to a path of the host leads to that of the container", async () => {
    await copied("-L", `app/${service}:/stolen`, ".");
    expect(here("stolen")).toBe(await inside(service, "cat /etc/passwd"));
    expect(here("stolen")).not.toBe(readFileSync("/etc/passwd", "utf8"));
    await copied(`app/${service}:/up/passwd`, "up");
    expect(here("up")).toBe(here("stolen"));
  });

  test("- is a tar archive that tar reads", async () => {
    const long = `/site/below/${"n".repeat(150)}`;
    await inside(service, `echo long > ${long}`);
    await instance.run(["cp", `app/${service}:/site`, "-"], {
      cwd: folder,
      under: ["sh", "-c", '"$0" "$@" > out.tar'],
    });
    const { stdout } = await run("tar", ["-tvf", join(folder, "out.tar"), "--numeric-owner"]);
    await inside(service, `rm ${long}`);
    expect(stdout).toMatch(/^drwxr-xr-x 0\/0 .* site\/$/m);
    expect(stdout).toMatch(/^-rwsr-x--- 1000\/1001 +5 .* site\/index$/m);
    expect(stdout).toMatch(/^lrwxrwxrwx 0\/0 .* site\/link -> index$/m);
    expect(stdout).toMatch(/site\/below\/n{150}$/m);
  });
});

describe.each(["web", "mapped"])("into %s", (service) => {
  beforeEach(async () => {
    await write("tree/file", "new\n");
    await write("tree/sub/other", "other\n");
    symlinkSync("file", join(folder, "tree/link"));
    await chown(join(folder, "tree/file"), 1000, 1001);
    await chmod(join(folder, "tree/file"), 0o640);
    await inside(service, "rm -rf /to /data/tree; mkdir /to");
  });

  test("a folder goes into one that is there, as root's", async () => {
    await copied("tree", `app/${service}:/to`);
    expect(await inside(service, "cd /to/tree && stat -c '%n %u:%g %a' file link sub sub/other")).toBe(
      "file 0:0 640\nlink 0:0 777\nsub 0:0 755\nsub/other 0:0 644\n",
    );
    expect(await inside(service, "cat /to/tree/link /to/tree/sub/other")).toBe("new\nother\n");
  });

  test("with -a it keeps its owner; under a new name; its content alone; over what is there", async () => {
    await copied("-a", "tree", `app/${service}:/to/named`);
    await copied("tree/.", `app/${service}:/to`);
    await copied("tree/sub/other", `app/${service}:/to/file`);
    expect(
      await inside(
        service,
        "cd /to; stat -c %u:%g named/file; cat file; ls; echo again > named/file; cat named/file",
      ),
    ).toBe("1000:1001\nother\nfile\nlink\nnamed\nsub\nagain\n");
  });

  test("a volume keeps it, with the container's own ids", async () => {
    await copied("-a", "tree", `app/${service}:/data`);
    const volume = join(instance.dataDir, `volumes/app_${service === "web" ? "data" : "more"}/data`);
    expect(readFileSync(join(volume, "tree/file"), "utf8")).toBe("new\n");
    expect(statSync(join(volume, "tree/file"))).toMatchObject({ uid: 1000, gid: 1001 });
  });

  test("- unpacks a tar archive that tar has made, hard links too", async () => {
    await run("ln", [join(folder, "tree/file"), join(folder, "tree/twin")]);
    const piped = await instance.run(["cp", "-", `app/${service}:/to`], {
      cwd: folder,
      under: ["sh", "-c", '(tar -c tree; head -c 300000 /dev/zero && touch all-read) | "$0" "$@"'],
    });
    expect(piped).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(existsSync(join(folder, "all-read"))).toBe(true);
    expect(await inside(service, "cd /to/tree; cat file link twin; stat -c %h file; ls -d sub")).toBe(
      "new\nnew\nnew\n2\nsub\n",
    );
  });
});

describe("nothing outside is touched", () => {
  test("by a link at the end or on the way of a target", async () => {
    const outside = await write("outside/file", "mine\n");
    await inside(
      "web",
      `mkdir -p /l${folder}/outside; ln -s ${outside} /l/end; ln -s ${folder}/outside /l/way`,
    );
    await write("file", "new\n");
    await copied("file", "app/web:/l/file");
    expect((await cp("file", "app/web:/l/way/x")).stderr).toContain(
      "/l/way in container app-web-1: it is not there",
    );
    expect((await cp("file", "app/web:/l/end")).stderr).toContain("in container app-web-1: it is not there");
    expect(readdirSync(join(folder, "outside"))).toEqual(["file"]);
    expect(here("outside/file")).toBe("mine\n");
  });

  test("through /proc of a container that sees the host's processes", async () => {
    await inside("host", "ln -s /proc/1/root /root-of-host");
    expect(await cp("app/host:/root-of-host/etc/hostname", "x")).toMatchObject({ exitCode: 1 });
    expect(await cp("-L", "app/host:/root-of-host", "x")).toMatchObject({ exitCode: 1 });
    expect(existsSync(join(folder, "x"))).toBe(false);
  });

  test("by an archive whose names climb or go through links that lead away", async () => {
    const away = join(folder, "away");
    mkdirSync(join(folder, "made/d"), { recursive: true });
    mkdirSync(away);
    await write("made/d/file", "bad\n");
    symlinkSync(away, join(folder, "made/link"));
    const archive = join(folder, "evil.tar");
    await run("tar", ["-cf", archive, "-C", join(folder, "made"), "link"]);
    await run("tar", ["-rf", archive, "-C", join(folder, "made"), "--transform=s,^d,link,", "d/file"]);
    const unpacked = await instance.run(["cp", "-", "app/web:/tmp"], {
      under: ["sh", "-c", `"$0" "$@" < ${archive}`],
    });
    expect(unpacked.stderr).toContain(
      "link/file in container app-web-1: it leads out of the folder that is copied to",
    );
    await run("tar", ["-cPf", archive, "-C", join(folder, "made/d"), "--transform=s,^,../,", "file"]);
    const climbed = await instance.run(["cp", "-", "app/web:/tmp"], {
      under: ["sh", "-c", `"$0" "$@" < ${archive}`],
    });
    expect(climbed.stderr).toContain('entry "../file" of the archive climbs out of its folder');
    expect(readdirSync(away)).toEqual([]);
  });

  test("while the container swaps a folder for a link to one of the host", async () => {
    await write("secret/file", "of the host\n");
    await write("new", "new\n");
    const swap =
      `mkdir -p /race/a /race/b; echo own > /race/a/file; ln -s ${folder}/secret /race/b/x; ` +
      "while mv /race/a /race/c; do mv /race/b/x /race/a; mv /race/a /race/b/x; mv /race/c /race/a; done";
    await instance.run(["exec", "-d", "app/web", "sh", "-c", swap]);
    await until("it is there", async () => (await inside("web", "cat /race/?/file")).includes("own"));
    let done = 0;
    for (let round = 0; round < 5; round++) {
      done += (await cp("app/web:/race", `out-${round}`)).exitCode === 0 ? 1 : 0;
      await cp("new", "app/web:/race/a/");
    }
    await inside("web", "mv /race /raced");
    const search = `grep -rl "of the host" ${folder}/out-* || echo none`;
    expect((await run("sh", ["-c", search])).stdout).toBe("none\n");
    expect(done).toBeGreaterThan(0);
    expect(readdirSync(join(folder, "secret"))).toEqual(["file"]);
    expect(here("secret/file")).toBe("of the host\n");
  });
});

test("beside an agent", async () => {
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");
  await copied("app/web:/data/kept", ".");
  await copied("kept", "app/web:/tmp/back");
  expect(await inside("web", "cat /tmp/back")).toBe("kept\n");
});

test.each([
  [["app/web:/none", "."], "/none in container app-web-1: it is not there"],
  [["none", "app/web:/tmp"], "/none on this machine: it is not there"],
  [["app/web:/site/index/", "."], "/site/index/ in container app-web-1: it is not a folder"],
  [["app/web:/site/index", "none/"], "none/ on this machine is not there, and would have to be a folder"],
  [["app/web:/site/index", "none/x"], "/none on this machine: it is not there"],
  [["app/web:/site", "file"], "/file on this machine is a file: a folder cannot be copied onto it"],
  [["file", "app/sealed:/x"], "x in container app-sealed-1: it is on a read-only file system"],
  [["file", "app/web:/etc/hosts"], "hosts in container app-web-1: something is mounted there"],
  [["-", "app/web:/site/index"], "/site/index in container app-web-1 is no folder to unpack an archive into"],
  [["app/web:/site/index", "/dev/null"], "/dev/null on this machine is no file or folder"],
  [["file", "app/job:/x"], "container app-job-1 does not run: it is exited"],
  [["app/web:/dev/null", "x"], "/dev/null in container app-web-1 is no file, folder or link"],
  [["app/web:/site", "app/job:/x"], "one side of a copy is a container"],
  [["file", "other"], "one side of a copy is a container"],
])("%j is refused: %s", async (args, message) => {
  await write("file", "a file\n");
  const { exitCode, stderr } = await cp(...args);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(1);
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  expect(await inside("web", "grep -c /etc/hosts /proc/mounts")).toBe("1\n");
});
