#!/bin/bash
# The raw floor: COUNT containers with a network each, made by the same host tools from a shell and nothing else, JOBS
# at a time. Prints the milliseconds from the first to the last running one. Takes everything away again.
# Usage: floor.sh ROOTFS COUNT JOBS      ROOTFS: a folder with a static busybox at bin/busybox
set -euo pipefail
rootfs=$1 count=$2 jobs=$3
work=$(mktemp -d)
name=floor$$
bridge=fl$$
mkdir -p "$work/exits" "$work/cni"
export rootfs work name bridge

remove_one() {
  runc --root "$work/runc" delete --force "$name-$1" || true
  umount "$work/$1/rootfs" || true
  umount "$work/$1/netns" || true
}
remove_all() {
  for i in $(seq "$count"); do remove_one "$i"; done 2>/dev/null
  ip link delete "$bridge" 2>/dev/null || true
  rm -rf "$work"
}
trap remove_all EXIT

template() {
  mkdir "$work/template"
  (cd "$work/template" && runc spec)
  jq '.process.terminal = false | .process.rlimits = [] | .process.args = ["/bin/busybox", "sleep", "100000"]
    | .root = {path: "rootfs", readonly: false}
    | (.linux.namespaces[] | select(.type == "network")) += {path: "NETNS"}' "$work/template/config.json"
}
template >"$work/template.json"

make_one() {
  local id=$name-$1 bundle=$work/$1
  mkdir -p "$bundle"/{upper,work,rootfs,persist}
  : >"$bundle/netns"
  unshare --net="$bundle/netns" ip link set lo up
  CNI_COMMAND=ADD CNI_CONTAINERID=$id CNI_NETNS=$bundle/netns CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni /usr/lib/cni/bridge \
    >/dev/null <<<"{\"cniVersion\":\"1.0.0\",\"name\":\"floor\",\"type\":\"bridge\",\"bridge\":\"$bridge\",\"isGateway\":true,
      \"ipam\":{\"type\":\"host-local\",\"dataDir\":\"$work/cni\",\"ranges\":[[{\"subnet\":\"10.78.0.0/16\"}]]}}"
  mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$bundle/upper,workdir=$bundle/work" "$bundle/rootfs"
  sed "s#NETNS#$bundle/netns#" "$work/template.json" >"$bundle/config.json"
  conmon -c "$id" -u "$id" -n "$id" -r /usr/sbin/runc -b "$bundle" -p "$bundle/pid" -P "$bundle/conmon.pid" \
    --exit-dir "$work/exits" --persist-dir "$bundle/persist" --full-attach -l "k8s-file:$bundle/log" \
    --no-new-keyring --runtime-arg "--root=$work/runc" >/dev/null 2>&1
  until [ -s "$bundle/pid" ]; do sleep 0.005; done
  until runc --root "$work/runc" start "$id" 2>/dev/null; do sleep 0.01; done
}
export -f make_one

begun=$(date +%s%N)
seq "$count" | xargs -P "$jobs" -I{} bash -c 'make_one {}'
ended=$(date +%s%N)
running=$(runc --root "$work/runc" list --quiet | wc -l)
[ "$running" -eq "$count" ] || { echo "only $running of $count run" >&2; exit 1; }
echo $(((ended - begun) / 1000000))
