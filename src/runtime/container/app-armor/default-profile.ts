/** The AppArmor profile of containers that ask for none, with the protection of Docker's. See apparmor.d(5). */

export const defaultProfileName = "tallyman-default";

/**
 * Everything that capabilities, seccomp and the file system allow, but no mount, no write to what of /proc and /sys
 * is the host's, and no signal or trace across its border. Self-contained: it includes no file of the host.
 */
export const defaultProfile = `# The default of containers. Made by tallyman; changes are lost.
profile ${defaultProfileName} flags=(attach_disconnected,mediate_deleted) {
  network,
  capability,
  file,
  umount,
  unix,

  # From the host, from what runs the container, and among its own processes.
  signal (receive) peer=unconfined,
  signal (receive) peer={runc,crun,conmon},
  signal (send, receive) peer=${defaultProfileName},
  ptrace (trace, read, tracedby, readby) peer=${defaultProfileName},

  deny mount,

  # Of /proc only the folders of processes and, of /proc/sys, kernel/shm* may be written to.
  deny /proc/* w,
  deny /proc/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/** w,
  deny /proc/sys/[^k]** w,
  deny /proc/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny /proc/sysrq-trigger rwklx,
  deny /proc/kcore rwklx,

  # Of /sys only fs/cgroup.
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,
}
`;
