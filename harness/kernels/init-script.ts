/** Begins the lines on the console that the runner reads (console.ts). */
export const marker = 'timewait-lab:';

/** Names of the 9p shares. */
export const shares = { root: 'labroot', out: 'labout' } as const;

/** Where the column's folder is inside. */
export const outInside = '/timewait-lab-out';

/** In the column's folder: the command to run inside, and what it printed. */
export const commandFile = 'command.sh';
export const outputFile = 'output.txt';

/**
 * Process 1 of the virtual machine. The host's files are mounted read-only, under an overlay in memory, so that
 * programs find everything where it is on the host and can write without an effect there. The only folder of the host
 * that can be written is the column's own, which contains the command to run.
 */
export const initScript = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
say() { echo "${marker} $*"; }
fail() { say "failed $*"; $b poweroff -f; }
while read -r m; do $b insmod "/modules/$m" || say "not-loaded $m"; done </modules.list
$b mkdir -p /host /ram /root
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose ${shares.root} /host || fail "the host's files cannot be mounted (9p)"
$b mount -t tmpfs tmpfs /ram
$b mkdir /ram/upper /ram/work
$b mount -t overlay -o lowerdir=/host,upperdir=/ram/upper,workdir=/ram/work overlay /root || fail "no overlay over the host's files"
for d in proc sys dev; do $b mount -o move /$d /root/$d; done
$b mount -t tmpfs tmpfs /root/run
$b mkdir -p /root/dev/shm /root/dev/pts /root${outInside} /root/boot
$b mount -t tmpfs tmpfs /root/dev/shm
$b mount -t devpts devpts /root/dev/pts
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none ${shares.out} /root${outInside} || fail "the run's folder cannot be mounted (9p)"
[ -e /config ] && $b cp /config "/root/boot/config-$($b uname -r)"
$b cp $b /root/run/busybox
$b cp /start /root/run/start
exec $b switch_root /root /run/busybox sh /run/start
`;

/** What process 1 becomes once the host's files are its root: runs the command and turns the machine off. */
export const startScript = `b=/run/busybox
say() { echo "${marker} $*"; }
uptime() { $b cut -d ' ' -f 1 /proc/uptime; }
$b ip link set lo up
say "booted $($b uname -r) $(uptime)"
cd /
/bin/sh ${outInside}/${commandFile} </dev/null >${outInside}/${outputFile} 2>&1
code=$?
say "ended $code $(uptime)"
$b sync
$b poweroff -f
`;
